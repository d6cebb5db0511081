import { describe, expect, it } from 'vitest'
import { cidOf } from '../../src/encoding/cid.ts'
import { formatReportJson } from '../../src/evidence/report.ts'
import { formatReportText } from '../../src/evidence/report-text.ts'
import { ReportWords } from '../../src/evidence/report-words.ts'
import { nativeSha256, nativeVerifier } from '../../src/node/native-crypto.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { verifyBundle } from '../../src/evidence/verify.ts'
import { makeStatement, policyText, TestNode } from '../support/evidence-ledger.ts'
import { encode, partialBundle, replayBundle, verify } from '../support/evidence-bundles.ts'
import { createStory, STORY_START, type Story } from '../support/evidence-story.ts'

const story = createStory()
const violation = encode(replayBundle(story, { use: story.ids.claimedUse }))
const compliant = encode(replayBundle(story, { use: story.ids.use }))

describe('the report as JSON', () => {
  it('has the same bytes with either cryptography and whatever order its checks end in', async () => {
    const native = await verifyBundle(violation, story.policy, { verifier: nativeVerifier, sha256: nativeSha256 })
    let turn = 0
    const unsteady = {
      async verify(...args: Parameters<typeof nobleVerifier.verify>): Promise<boolean> {
        for (let i = (turn++ * 7) % 11; i > 0; i--) await Promise.resolve()
        return nobleVerifier.verify(...args)
      },
    }
    const portable = await verifyBundle(violation, story.policy, { verifier: unsteady })
    expect(formatReportJson(portable)).toBe(formatReportJson(native))
  })

  it('is one object with the agreed keys, two spaces and a last newline', async () => {
    const text = formatReportJson(await verify(violation, story.policy))
    const value: unknown = JSON.parse(text)
    expect(`${JSON.stringify(value, undefined, 2)}\n`).toBe(text)
    expect(value).toMatchObject({
      schema: 'tallystick/verify/1',
      ok: false,
      exit: 4,
      outcome: 'violation',
      asOf: '2026-09-21T14:18:20Z',
    })
    expect(Object.keys(value ?? {})).toEqual([
      'schema',
      'ok',
      'exit',
      'question',
      'policy',
      'instant',
      'asOf',
      'outcome',
      'signatures',
      'quorum',
      'logs',
      'uses',
      'claims',
      'steps',
      'unsigned',
      'notProved',
    ])
  })

  it('says whether the policy is the one that the maker had in mind', async () => {
    const { policy } = await verify(compliant, story.policy)
    const hint = { name: 'mine\u001b[31m', sha256: nativeSha256(new TextEncoder().encode(story.policy)) }
    const hinted = await verify(encode(replayBundle(story, { use: story.ids.use }, { policyHint: hint })), story.policy)
    expect(JSON.parse(formatReportJson(hinted))).toMatchObject({
      policy: { sha256: policy.sha256, hint: { name: 'mine[31m', isSame: true } },
    })
  })
})

/** Names and ids of parties, and the times, which are other ones in each story. */
function withoutIds(text: string): string {
  return text.replace(/\([0-9A-Z]{4}-[0-9A-Z]{4}\)/gu, '(ID)').replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/gu, 'TIME')
}

async function textOf(car: Uint8Array, options: Parameters<typeof formatReportText>[1] = {}): Promise<string> {
  return withoutIds(formatReportText(await verify(car, story.policy), options))
}

describe('the report as text', () => {
  it('says what was asked and about which use, shows three lights, why, and all that it does not prove', async () => {
    expect(await textOf(violation)).toBe(
      `Question     was this use permitted?
Use          run run-a by Bolt Audio (ID), of "Luo voices" 25.0, witnessed no later than TIME
Signatures   ok           12 of 12, by Bolt Audio (ID), kisumu (ID)
Record       ok           2 witnesses (2 needed; the log's own witness does not count), 12 entries of kisumu.example/tally/1, as of TIME
Terms        VIOLATION    the use is not permitted
Assurance    A1: the user itself signed that it did this
Why
  1. No grant and no permission in evidence covers this use. [NO_PERMISSION]
Does not prove
  - That what the user attested is true; a signature shows who said it, not that it is so.
  - That the run really took place at the times that the user declared.
  - That no other dataset was used in the same run.
  - That the parties are who their names say.
  - That the witnesses you trust are independent of each other.
Details: --explain
`,
    )
  })

  it('calls nothing clean: compliant as attested, with everything due done and who signed what', async () => {
    const text = await textOf(compliant)
    expect(text).toContain(
      'Terms        COMPLIANT AS ATTESTED\n                          the use is permitted, and everything due was done\n',
    )
    expect(text).toContain(
      'Assurance    A2: the user itself signed that it did this, and both sides signed the agreement\n',
    )
    expect(JSON.parse(formatReportJson(await verify(compliant, story.policy)))).toMatchObject({ outcome: 'compliant' })
  })

  it('breaks lines to the columns of a terminal, and never an id', async () => {
    const text = formatReportText(await verify(violation, story.policy), { explain: true, columns: 80 })
    const long = text.split('\n').filter((line) => line.length > 80)
    expect(long).toEqual([])
    expect(text).toMatch(/\n {4}bafk\w{55}\n/u)
    const whole = formatReportText(await verify(violation, story.policy), { explain: true })
    expect(text.replace(/\s+/gu, ' ')).toBe(whole.replace(/\s+/gu, ' '))
  })

  it('judges nothing where the bytes do not hold, says which do not, and that nothing is proved', async () => {
    const changed = compliant.slice()
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    const report = await verify(changed, story.policy)
    const text = formatReportText(report)
    expect(text).toMatch(/^Signatures {3}FAILED .*\[CID_MISMATCH\]$/m)
    expect(text).toMatch(/^Terms {8}not judged/m)
    expect(text).toMatch(/^This file was changed or damaged, so it proves nothing\.$/m)
    expect(text).not.toMatch(/^(Why|Question|Use|Assurance|Does not prove)/m)
    expect(report.notProved).toEqual(['Anything: this file was changed or damaged.'])
  })

  it('tells an unknown signer from a bad signature', async () => {
    const report = await verify(compliant, policyText([new TestNode('north'), new TestNode('south')]))
    const text = formatReportText(report)
    expect(text).toMatch(/^Record {7}not trusted .*authentic/m)
    expect(text).not.toContain('FAILED')
    expect(text).toMatch(/^Nobody whom your policy names vouches for this file, so it proves nothing to you\.$/m)
    expect(report.notProved).toEqual(['Anything: nobody whom your policy names vouches for this file.'])
  })

  it('draws the chain from use to grant when asked, with where each stands and who vouches for it', async () => {
    const text = formatReportText(await verify(compliant, story.policy), { explain: true })
    const chain = text.slice(text.indexOf('Chain\n'), text.indexOf('Details\n')).trimEnd().split('\n')
    const says = chain.slice(1).filter((_, i) => i % 3 === 0)
    expect(says.map((line) => line.trim().replace(/"[^"]*"/gu, '"..."'))).toEqual([
      expect.stringMatching(/^use "\.\.\." by \w+/u),
      expect.stringMatching(/^version "\.\.\." of "\.\.\." by \w+.*: compliant as attested$/u),
      expect.stringMatching(/^under terms of \w+/u),
      expect.stringMatching(/^by a grant of .* to /u),
      expect.stringMatching(/^accepted by /u),
    ])
    for (const line of chain.slice(1).filter((_, i) => i % 3 === 2))
      expect(line).toMatch(
        /entry \d+ of .* \(the whole log is in the file\), witnessed no later than .*, signature valid$/u,
      )
    // A use without a grant says so, and has no link to one.
    const without = formatReportText(await verify(violation, story.policy), { explain: true })
    expect(without).toContain('without a grant: violation')
    expect(without).not.toContain('by a grant of')
  })

  it('explains every step and every witness when asked, in words', async () => {
    const report = await verify(compliant, story.policy)
    const text = formatReportText(report, { explain: true })
    for (const { message } of report.steps) expect(text).toContain(message)
    expect(text).toContain('counted  coast')
    expect(text).toContain(report.policy.sha256)
    expect(text).toContain('12 entries, complete: every entry is in the file\n')
    expect(text).toContain('holds if at most 1 of the witnesses lies and none is missing\n')
    expect(text).toContain('The question itself is signed by nobody; anyone may ask it.\n')
  })

  it('says when the policy asks for more witnesses than can count here', async () => {
    const { owner, others } = story
    const nodes = [owner, ...others.slice(0, 1)]
    const text = formatReportText(await verify(violation, policyText(nodes, { k: 2 })))
    expect(text).toContain(
      "too few      kisumu.example/tally/1: only 1 of the witnesses in your policy can count, and it asks for more; the log's own does not count\n",
    )
    expect(text).toContain('To settle it: name more of the witnesses you trust in your policy.\n')
  })

  it.each([
    ['claimedUse', /\[NO_PERMISSION\]/u],
    ['use', /\[PERMITTED\]/u],
  ] as const)('does not count what an incomplete record shows, for or against: %s', async (use, shown) => {
    const report = await verify(encode(partialBundle(story, { use: story.ids[use] })), story.policy)
    const text = formatReportText(report)
    expect(text).toMatch(/^Terms {8}UNDETERMINED/mu)
    expect(text).toContain('To settle it: ask for whole logs (tally bundle make --replay).\n')
    const [before = '', aside = ''] = text.split('Does not count while the record is incomplete\n')
    expect(before.match(/EVIDENCE_MISSING/u)).not.toBeNull()
    expect(before).not.toMatch(shown)
    // Where nothing was found for or against, there is no such list.
    if (use === 'claimedUse') expect(aside).toMatch(shown)
  })

  it('says which moment was judged where another was asked for than the evidence reaches to', async () => {
    const askedFor = async (at: number): Promise<string> =>
      withoutIds(formatReportText(await verifyBundle(violation, story.policy, { verifier: nativeVerifier, at })))
    const later = await askedFor(STORY_START + 86_400)
    expect(later).toContain('Judged as of TIME, the moment that was asked for\n')
    expect(await askedFor(STORY_START - 86_400)).toContain('; by then the use was not witnessed yet\n')
    expect(await textOf(violation)).not.toContain('Judged as of')
  })

  it('asks for a newer file where this one is too old, and says so once', async () => {
    const at = STORY_START + 400 * 86_400
    const report = await verifyBundle(compliant, story.policy, { verifier: nativeVerifier, sha256: nativeSha256, at })
    const text = formatReportText(report)
    expect(text.match(/STALE_VIEW/gu)).toHaveLength(1)
    expect(text).toContain('To settle it: ask for a newer file.\n')
  })
})

/** A story with a claim on the use without a grant, and perhaps an answer to it. */
function contested(answer?: 'admit' | 'deny'): { story: Story; claim: ReturnType<typeof cidOf> } {
  const own = createStory()
  const { owner, others, stranger, ids } = own
  const claim = makeStatement(owner.party, 20, {
    respondent: stranger.id,
    use: ids.claimedUse,
    allegation: 'NO_PERMISSION',
  })
  owner.append(claim)
  owner.publish(STORY_START + 600, others)
  if (answer !== undefined) owner.append(makeStatement(stranger, 21, { claim: cidOf(claim), answer }))
  owner.publish(STORY_START + 660, others)
  return { story: own, claim: cidOf(claim) }
}

describe('a claim in the report', () => {
  it('is the question, with who claims what against whom, and whether they answered', async () => {
    const { story: own, claim } = contested()
    const car = encode(replayBundle(own, { claim }))
    const lines = withoutIds(formatReportText(await verify(car, own.policy))).split('\n')
    expect(lines[0]).toBe(
      'Question     the claim of kisumu (ID) against Bolt Audio (ID): used without permission [NO_PERMISSION]',
    )
    expect(lines[1]).toMatch(/^Use {10}run run-a by Bolt Audio \(ID\), of "Luo voices" 25\.0,/u)
    expect(lines).toContain('Answer       none yet from Bolt Audio (ID)')
  })

  it.each([
    ['admit', 'Bolt Audio (ID) admits it'],
    ['deny', 'Bolt Audio (ID) denies it'],
  ] as const)('stands beside the use that it is about: %s', async (answer, said) => {
    const { story: own } = contested(answer)
    const car = encode(replayBundle(own, { use: own.ids.claimedUse }))
    const text = withoutIds(formatReportText(await verify(car, own.policy)))
    expect(text).toContain(
      `Claim        kisumu (ID) against Bolt Audio (ID): used without permission [NO_PERMISSION]\nAnswer       ${said}\n`,
    )
  })
})

describe('a use that nobody attested yet, in the report', () => {
  it('is asked about and judged as what it is', async () => {
    const { buyer, ids } = story
    const usage = {
      actions: ['train'],
      purposes: ['commercial'],
      commercial: true,
      places: ['KE'],
      capabilities: ['asr'],
      datasets: [{ version: ids.version, grants: [ids.grant] }],
    } as const
    const report = await verifyBundle(encode(replayBundle(story, { grants: [ids.grant] })), story.policy, {
      verifier: nativeVerifier,
      intended: { user: buyer.id, usage },
    })
    const text = withoutIds(formatReportText(report))
    expect(text).toMatch(
      /^Question {5}may Acme ML \(ID\) do this\?\nUse {10}intended by Acme ML \(ID\), of "Luo voices" 25\.0\n/u,
    )
    expect(text).toMatch(/^Terms {8}PENDING {6}the use is permitted; something is owed and not due yet$/mu)
    expect(text).not.toMatch(/^Assurance/mu)
  })
})

describe('the words of strangers in the report', () => {
  const words = new ReportWords('en')
  const version = story.ids.version

  it('stand in quotation marks that they cannot close, unless they are one word', () => {
    expect(words.run('tts-7')).toBe('tts-7')
    expect(words.run('x by Y (AAAA-BBBB)')).toBe('"x by Y (AAAA-BBBB)"')
    expect(words.dataset({ version, title: 'A" 1.0, witnessed', label: '25.0' })).toBe(`"A' 1.0, witnessed" 25.0`)
  })

  it('are a claim where they are a name: the end of the id goes with it', () => {
    expect(words.party({ id: version, name: 'Bolt' })).toMatch(/^Bolt \([0-9A-Z]{4}-[0-9A-Z]{4}\)$/u)
    expect(words.party({ id: undefined, name: undefined })).toBe('a party that is not in evidence')
  })
})

describe('the report in French', () => {
  it('has no English around what the evidence says, and says once what stays English', async () => {
    const text = await textOf(violation, { language: 'fr', explain: true })
    expect(text).toMatch(/^Question {5}cette utilisation était-elle permise \?$/mu)
    expect(text).toMatch(/^Pourquoi\n {2}1\. Aucun octroi et aucune permission/mu)
    expect(text.match(/Restent en anglais/gu)).toHaveLength(1)
    const lines = text.split('\n').filter((line) => !/^ {2}(réussi|échoué|omis) /u.test(line))
    expect(lines.join('\n')).not.toMatch(/\b(the|That|needed|witnessed|entries|Does not|Why|passed|more)\b/u)
  })
})
