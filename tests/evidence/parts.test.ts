/**
 * Evidence in parts: single entries, and the index of the log to show that there are no others. Whoever puts it together
 * may leave out what he likes; that must never change a verdict into another one, only into "undetermined".
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { cidOf } from '../../src/encoding/cid.ts'
import type { Block, Bundle } from '../../src/evidence/bundle-model.ts'
import { collect } from '../../src/evidence/collect.ts'
import { prepareBundle } from '../../src/evidence/prepare-bundle.ts'
import { formatReportJson, type Report } from '../../src/evidence/report.ts'
import { formatReportText } from '../../src/evidence/report-text.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { decodeIndexEvidence, encodeIndexEvidence, type IndexEvidence } from '../../src/subject-index/evidence.ts'
import type { ProofNode } from '../../src/subject-index/proof.ts'
import { innerHash, recordHash } from '../../src/subject-index/tree.ts'
import type { Question } from '../../src/terms/view.ts'
import { verifyBundle } from '../../src/evidence/verify.ts'
import { encode, failures, rememberingVerifier, verify } from '../support/evidence-bundles.ts'
import { makeStatement, policyText, type TestNode } from '../support/evidence-ledger.ts'
import { createStory, STORY_START } from '../support/evidence-story.ts'

const verifier = rememberingVerifier(nativeVerifier)
const story = createStory()
const { owner, others, buyer } = story
const nodes = [owner, ...others]
const policy = policyText(nodes, { mirrors: nodes })

/** A second grant, revoked, and a use after that; then a checkpoint that ends with the index. */
function revokeAndUse(): Record<'grant' | 'revocation' | 'use', ReturnType<typeof cidOf>> {
  let time = STORY_START + 600
  const log = (...entries: Uint8Array[]): void => {
    owner.append(...entries)
    owner.publish((time += 60), others)
  }
  // Another grant than the first, which says the same.
  const grant = makeStatement(owner.party, 9, { terms: story.ids.terms, assignee: buyer.id, iat: STORY_START })
  log(grant)
  log(makeStatement(buyer, 10, { grant: cidOf(grant), terms: story.ids.terms }))
  const revocation = makeStatement(owner.party, 13, { target: cidOf(grant) })
  log(revocation)
  const use = makeStatement(buyer, 15, {
    actions: ['train'],
    purposes: ['commercial'],
    commercial: true,
    from: time + 10,
    to: time + 20,
    places: ['KE'],
    run: 'run-2',
    datasets: [{ version: story.ids.version, grants: [cidOf(grant)] }],
  })
  log(use)
  owner.publishIndexed(time + 120, others)
  return { grant: cidOf(grant), revocation: cidOf(revocation), use: cidOf(use) }
}

const later = revokeAndUse()
const QUESTIONS = {
  'a permitted use': { use: story.ids.use },
  'a use without a grant': { use: story.ids.claimedUse },
  'a use after a revocation': { use: later.use },
  'a model': { model: story.model },
  'a grant': { grants: [later.grant] },
} satisfies Record<string, Question>

function bundleOf(question: Question, form: 'whole' | 'parts' = 'parts'): Bundle {
  const { logs } = collect({ question, form }, [owner.evidenceLog()], sha256)
  return prepareBundle({ question, logs }, sha256)
}

function evidenceIn(bundle: Bundle): IndexEvidence {
  return decodeIndexEvidence(bundle.absences[0]?.data ?? new Uint8Array())
}

function withEvidence(bundle: Bundle, edit: (evidence: IndexEvidence) => IndexEvidence): Bundle {
  return { ...bundle, absences: [block(encodeIndexEvidence(edit(evidenceIn(bundle))))] }
}

function block(data: Uint8Array): Block {
  return { digest: sha256(data), data }
}

async function judge(bundle: Bundle, under: string = policy): Promise<Report> {
  return verify(encode(bundle), under, verifier)
}

function outcomeOf(report: Report): string {
  return report.exit === 3 ? 'refused' : (report.verdict?.outcome ?? 'refused')
}

describe.each(Object.entries(QUESTIONS))('%s, in parts', (_, question) => {
  it('is judged as from the whole log, and says who vouches for what is absent', async () => {
    const parts = await judge(bundleOf(question))
    const whole = await judge(bundleOf(question, 'whole'))
    expect(parts.verdict).toEqual(whole.verdict)
    expect(parts.exit).toBe(whole.exit)
    expect(parts.logs.map(({ completeness }) => completeness)).toEqual(['cosigned(2)'])
    expect(formatReportJson(parts)).toContain('"completeness": "cosigned(2)"')
    expect(whole.logs.map(({ completeness }) => completeness)).toEqual(['replayed'])
  })

  describe('whatever is left out', () => {
    let honest: string
    let bundle: Bundle
    beforeAll(async () => {
      bundle = bundleOf(question)
      honest = outcomeOf(await judge(bundle))
    })

    it('of the statements: the verdict stands or is not settled', async () => {
      const outcomes = new Map<string, number>()
      for (const left of bundle.statements) {
        const outcome = outcomeOf(
          await judge({ ...bundle, statements: bundle.statements.filter((each) => each !== left) }),
        )
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
      expect([...outcomes.keys()].filter((outcome) => ![honest, 'undetermined', 'refused'].includes(outcome))).toEqual(
        [],
      )
      expect(outcomes.get('undetermined')).toBeGreaterThan(0)
    })

    it('of the lists: the verdict stands or is not settled', async () => {
      const outcomes = new Set<string>()
      for (const [i] of evidenceIn(bundle).lists.entries()) {
        const without = withEvidence(bundle, (evidence) => ({
          ...evidence,
          lists: evidence.lists.filter((_list, j) => j !== i),
        }))
        outcomes.add(outcomeOf(await judge(without)))
      }
      expect([...outcomes].filter((outcome) => ![honest, 'undetermined'].includes(outcome))).toEqual([])
      expect(outcomes).toContain('undetermined')
    })

    it('of the tree of the index: the verdict stands or is not settled', async () => {
      const outcomes = new Set<string>()
      const { proof } = evidenceIn(bundle)
      for (const pruned of proof === undefined ? [] : prunings(proof)) {
        const lists = evidenceIn(bundle).lists.filter(({ key }) => isShown(pruned, key))
        outcomes.add(
          outcomeOf(await judge(withEvidence(bundle, (evidence) => ({ ...evidence, proof: pruned, lists })))),
        )
      }
      expect([...outcomes].filter((outcome) => ![honest, 'undetermined'].includes(outcome))).toEqual([])
      expect(outcomes).toContain('undetermined')
    })

    it('and a list that says something else than its record: refused', async () => {
      const moved = withEvidence(bundle, (evidence) => ({
        ...evidence,
        lists: evidence.lists.map((list, i) =>
          i > 0 ? list : { ...list, items: list.items.map((item) => ({ ...item, index: item.index + 1 })) },
        ),
      }))
      expect(failures(await judge(moved))).toEqual(['index PROOF_INVALID'])
    })
  })
})

function hashOf(node: ProofNode): Uint8Array {
  if ('hash' in node) return node.hash
  return 'key' in node ? recordHash(node, sha256) : innerHash(node.bit, hashOf(node.left), hashOf(node.right), sha256)
}

/** The tree with one more subtree cut off, for every subtree that is shown. */
function prunings(node: ProofNode): ProofNode[] {
  if ('hash' in node) return []
  const own: ProofNode[] = [{ hash: hashOf(node) }]
  if ('key' in node) return own
  return [
    ...own,
    ...prunings(node.left).map((left) => ({ ...node, left })),
    ...prunings(node.right).map((right) => ({ ...node, right })),
  ]
}

function isShown(node: ProofNode, key: Uint8Array): boolean {
  if ('hash' in node) return false
  if ('key' in node) return node.key.every((byte, i) => byte === key[i])
  return isShown(node.left, key) || isShown(node.right, key)
}

const question = QUESTIONS['a permitted use']
const cut: readonly (readonly [why: string, under: string])[] = [
  ['names no mirrors', policyText(nodes)],
  ['believes only the mirror of the log itself', policyText(nodes, { mirrors: [owner] })],
]

describe('absence', () => {
  it.each(cut)('is not believed under a policy that %s', async (_, under) => {
    const report = await judge(bundleOf(question), under)
    expect(report.verdict?.outcome).toBe('undetermined')
    expect(report.exit).toBe(5)
    expect(report.logs.map(({ completeness }) => completeness)).toEqual(['none'])
    const said = report.steps.filter(({ step, outcome }) => step === 'index' && outcome === 'skipped')
    expect(said.length).toBeGreaterThan(0)
    expect(formatReportText(report)).toContain('ask for whole logs (tally bundle make --replay)')
    // Whole logs need nobody's word.
    expect((await judge(bundleOf(question, 'whole'), under)).verdict?.outcome).toBe('compliant')
  })

  it('is not believed where nobody recomputed the index that says so', async () => {
    const { liar, use } = lyingLog()
    const { logs } = collect({ question: { use }, form: 'parts' }, [liar.evidenceLog()], sha256)
    const report = await judge(
      prepareBundle({ question: { use }, logs }, sha256),
      policyText([liar, ...others], { mirrors: [liar, ...others] }),
    )
    expect(failures(report)).toEqual([])
    expect(report.verdict?.outcome).toBe('undetermined')
    expect(report.logs.map(({ completeness }) => completeness)).toEqual(['none'])
  })

  it('that the evidence does not settle is said once for each log, with what is lacking', async () => {
    const bundle = withEvidence(bundleOf(question), (evidence) => ({ ...evidence, lists: [] }))
    const report = await judge(bundle)
    const said = report.steps.filter(({ step, outcome }) => step === 'index' && outcome === 'skipped')
    expect(said.map(({ subject, message }) => [subject, message.replace(/bafk\w+/gu, 'ID')])).toEqual([
      [
        owner.origin,
        'the evidence does not show that it holds every usage that refers to ID and 3 more: nothing is settled by it',
      ],
    ])
    expect(report.notProvedKeys).toContain('same-dataset-claimed')
  })
})

describe('several uses', () => {
  it('are each named with their outcome, and each reason with what it is about', async () => {
    const text = formatReportText(await judge(bundleOf({ grants: [story.ids.grant, later.grant] })))
    const plain = text.replace(/[0-9A-Z]{4}-[0-9A-Z]{4}/gu, 'ID').replace(/\d{4}-\d\d-\d\d [\d:]+ UTC/gu, 'TIME')
    expect(plain)
      .toContain(`Question     what was done under the grant of kisumu (ID) to Acme ML (ID), and was it permitted?
Use          run run-1 by Acme ML (ID), of "Luo voices" 25.0, witnessed no later than TIME: COMPLIANT AS ATTESTED
Use          run run-2 by Acme ML (ID), of "Luo voices" 25.0, witnessed no later than TIME: VIOLATION
`)
    expect(plain).toMatch(/^ {2}1\. The grant had been revoked .* \[GRANT_REVOKED\] \(run-2: "Luo voices" 25\.0\)$/mu)
    expect(plain).toMatch(/\[PERMITTED\] \(run-1: "Luo voices" 25\.0\)$/mu)
  })
})

/** A log that revoked a grant and whose index does not list the revocation; no mirror signs that. */
function lyingLog(): { liar: TestNode; use: ReturnType<typeof cidOf> } {
  const other = createStory()
  const liar = other.owner
  const revocation = makeStatement(liar.party, 13, { target: other.ids.grant })
  liar.append(revocation)
  liar.publish(STORY_START + 900, others)
  const hidden = liar.entries.map((entry) => (entry === revocation ? new Uint8Array([0]) : entry))
  liar.publishIndexed(STORY_START + 960, others, [], hidden)
  return { liar, use: other.ids.use }
}

describe('a use that nobody attested yet', () => {
  const usage = {
    actions: ['train'],
    purposes: ['commercial'],
    commercial: true,
    places: ['KE'],
    capabilities: ['asr'],
  } as const
  const asked = { grants: [story.ids.grant] }

  it.each([
    ['allowed', buyer.id, story.ids.grant, 'pending'],
    ["not the asker's", story.stranger.id, story.ids.grant, 'violation'],
    ['revoked', buyer.id, later.grant, 'violation'],
  ] as const)('is judged in parts as from the whole log: %s', async (_, user, grant, outcome) => {
    const intended = { user, usage: { ...usage, datasets: [{ version: story.ids.version, grants: [grant] }] } }
    const reports = ['parts', 'whole'].map(async (form) => {
      const request = { question: asked, intended, form: form as 'parts' | 'whole' }
      const { logs } = collect(request, [owner.evidenceLog()], sha256)
      const car = encode(prepareBundle({ question: asked, logs }, sha256))
      return verifyBundle(car, policy, { verifier, sha256, intended })
    })
    const [parts, whole] = await Promise.all(reports)
    expect(parts?.verdict?.uses).toEqual(whole?.verdict?.uses)
    expect(parts?.verdict?.outcome).toBe(outcome)
  })
})

describe('index evidence is refused', () => {
  const bundle = bundleOf(question)
  const whole = bundleOf(question, 'whole')
  const attacks: readonly (readonly [why: string, bundle: Bundle, failure: string])[] = [
    ['beside a whole log', { ...whole, absences: bundle.absences }, 'index BUNDLE_MALFORMED'],
    [
      'twice for one log',
      {
        ...bundle,
        absences: [...bundle.absences, ...withEvidence(bundle, (evidence) => ({ ...evidence, lists: [] })).absences],
      },
      'index BUNDLE_MALFORMED',
    ],
    ['when it is none', { ...bundle, absences: [block(new Uint8Array([0xa0]))] }, 'index PROOF_MALFORMED'],
    [
      'of an earlier checkpoint than the last of the bundle',
      withEvidence(bundle, (evidence) => ({ ...evidence, note: owner.published.at(-2)?.note ?? evidence.note })),
      'index PROOF_INVALID',
    ],
    [
      'when its proof leads to another root',
      withEvidence(bundle, (evidence) => ({ ...evidence, proof: { hash: sha256(evidence.note) }, lists: [] })),
      'index PROOF_INVALID',
    ],
    [
      'with an element that does not stand in its list',
      withEvidence(bundle, (evidence) => ({
        ...evidence,
        elements: evidence.lists
          .filter(({ items }) => items.length === 1)
          .slice(0, 1)
          .flatMap(({ key, relation, items }) =>
            items.map((item) => ({ ...item, key, relation, index: item.index + 1, position: 0, path: [] })),
          ),
      })),
      'index PROOF_INVALID',
    ],
  ]
  it.each(attacks)('%s', async (_, changed, failure) => {
    const report = await judge(changed)
    expect(failures(report)).toContain(failure)
    expect(report.exit).toBe(3)
    expect(report.verdict).toBeUndefined()
  })

  it('when it lists another entry than the log has', async () => {
    const other = createStory()
    const log = other.owner
    // What stands there refers to the same; its bytes are others.
    const twin = makeStatement(other.stranger, 24, { subject: 'twin', about: [other.ids.claimedUse] })
    const own = makeStatement(other.stranger, 24, { subject: 'own', about: [other.ids.claimedUse] })
    log.append(own)
    log.publishIndexed(STORY_START + 900, others, others, [...log.entries.slice(0, -1), twin])
    const asked = { use: other.ids.claimedUse }
    const gathered = collect({ question: asked, form: 'parts' }, [log.evidenceLog()], sha256)
    const report = await judge(prepareBundle({ question: asked, logs: gathered.logs }, sha256))
    const isListed = gathered.statements.some(({ kind }) => kind === 24)
    expect(failures(report)).toEqual(isListed ? ['index PROOF_INVALID'] : [])
  })
})
