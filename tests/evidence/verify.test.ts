import { describe, expect, it } from 'vitest'
import { encodeEquivocation, equivocationOfSameSize } from '../../src/note/equivocation.ts'
import { formatNote, parseNote, withSignatures } from '../../src/note/note.ts'
import { cosign } from '../../src/note/cosignature.ts'
import { ED25519_COSIGNATURE, formatVerifierKey, verifierKey } from '../../src/note/verifier-key.ts'
import { formatReportText } from '../../src/evidence/report-text.ts'
import { compareBytes } from '../../src/encoding/bytes.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { sha256 } from '@noble/hashes/sha2.js'
import { createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { proveConsistency } from '../../src/merkle/consistency.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import { makeStatement, namedSigner, policyText, TestNode } from '../support/evidence-ledger.ts'
import { createStory, STORY_START } from '../support/evidence-story.ts'
import { encode, failures, partialBundle, replayBundle, verify } from '../support/evidence-bundles.ts'
import type { Bundle, BundleLog } from '../../src/evidence/bundle-model.ts'

const story = createStory()
const { owner, others, policy } = story
const compliant = { use: story.ids.use }
const claimed = { use: story.ids.claimedUse }

/** The bundle with its one log edited. */
function withLog(bundle: Bundle, edit: (log: BundleLog) => Partial<BundleLog>): Uint8Array {
  return encode({ ...bundle, logs: bundle.logs.map((log) => Object.assign({ ...log }, edit(log))) })
}

function block(data: Uint8Array): { digest: Uint8Array; data: Uint8Array } {
  return { digest: sha256(data), data }
}

describe('a sound bundle', () => {
  it('verifies, and its verdict decides the exit: 0 for a permitted use, 4 for one without a grant', async () => {
    const report = await verify(encode(replayBundle(story, compliant)), policy)
    expect(failures(report)).toEqual([])
    expect(report).toMatchObject({ exit: 0, ok: true, verdict: { outcome: 'compliant' } })
    expect(await verify(encode(replayBundle(story, claimed)), policy)).toMatchObject({
      exit: 4,
      ok: false,
      verdict: { outcome: 'violation' },
    })
  })

  it('reports whose word counted', async () => {
    const report = await verify(encode(replayBundle(story, compliant)), policy)
    const [log] = report.logs
    expect(log).toMatchObject({
      origin: owner.origin,
      size: owner.entries.length,
      completeness: 'replayed',
      forkedAt: undefined,
    })
    expect(log?.counted.map(({ name }) => name)).toEqual(['coast', 'library'])
    expect(report.quorum).toEqual({ k: 2, n: 2, equivocatorsTolerated: 1, outagesTolerated: 0 })
    expect(report.signatures).toMatchObject({
      statements: owner.entries.length,
      valid: owner.entries.length,
      invalid: [],
      unknownKey: [],
    })
    expect(report.asOf).toBe(STORY_START + 300)
  })

  it('proves single statements by paths, and then no absence', async () => {
    const report = await verify(encode(partialBundle(story, compliant)), policy)
    expect(failures(report)).toEqual([])
    expect(report.logs[0]?.completeness).toBe('none')
    expect(report.exit).toBe(5)
  })

  it('is judged for the instant asked for, else for what it reaches', async () => {
    const report = await verify(encode(replayBundle(story, compliant)), policy)
    expect(report.instant).toBe(report.asOf)
  })
})

describe('the policy', () => {
  it('that names neither log nor witness of the bundle gives 11', async () => {
    const strangers = [new TestNode('north'), new TestNode('south')]
    expect(await verify(encode(replayBundle(story, compliant)), policyText(strangers))).toMatchObject({
      exit: 11,
      verdict: undefined,
    })
    expect(
      await verify(encode(replayBundle(story, compliant)), policyText([owner, ...others], { logs: strangers })),
    ).toMatchObject({ exit: 11 })
  })

  it('that names the log with this key takes it, and with another key does not', async () => {
    const car = encode(replayBundle(story, compliant))
    expect((await verify(car, policyText([owner, ...others], { logs: [owner] }))).exit).toBe(0)
    const other = formatVerifierKey(verifierKey(owner.origin, 1, namedSigner('another log').publicKey))
    expect((await verify(car, `log ${other}\n${policy}`)).exit).toBe(11)
  })

  it('that asks for more witnesses than there are gives 5', async () => {
    const report = await verify(encode(replayBundle(story, compliant)), policyText([owner, ...others], { k: 3 }))
    expect(report.exit).toBe(5)
    // The log's own operator is one of the three, and never counts for it.
    expect(report.quorum).toMatchObject({ k: undefined, n: 2 })
  })

  it('never counts the log operator for its own log', async () => {
    const own = new TestNode('kisumu')
    const story2 = createStory()
    const last = story2.owner.published.at(-1)
    if (last === undefined) throw new Error('the story publishes')
    const note = parseNote(last.note)
    const line = cosign(note.text, own.witnessName, STORY_START + 300, own.witnessSigner)
    const signed = formatNote(withSignatures(note, [line]))
    const car = withLog(replayBundle(story2, compliant), () => ({ notes: [{ note: block(signed), consistency: [] }] }))
    const report = await verify(car, policyText([own, ...others]))
    expect(report.logs[0]?.counted.map(({ name }) => name)).toEqual(['coast', 'library'])
    expect(report.logs[0]?.ignored).toEqual([{ name: 'kisumu', reason: 'it belongs to the operator of this log' }])
    const only = await verify(car, `witness kisumu ${own.witnessKey}\ngroup g 1 kisumu\nquorum g\n`)
    expect(only).toMatchObject({ exit: 5, logs: [{ counted: [], fresh: undefined }] })
  })

  it('never counts one operator twice: keys of one name are of one operator', async () => {
    const second = namedSigner('coast witness, rotated')
    const secondKey = formatVerifierKey(
      verifierKey(others[0]?.witnessName ?? '', ED25519_COSIGNATURE, second.publicKey),
    )
    const story2 = createStory()
    const last = story2.owner.published.at(-1)
    if (last === undefined || others[0] === undefined) throw new Error('the story publishes')
    const note = parseNote(last.note)
    const coastOnly = { ...note, signatures: note.signatures.filter(({ name }) => !name.startsWith('library')) }
    const signed = formatNote(
      withSignatures(coastOnly, [cosign(note.text, others[0].witnessName, STORY_START + 300, second)]),
    )
    const car = withLog(replayBundle(story2, compliant), () => ({ notes: [{ note: block(signed), consistency: [] }] }))
    const twice = `witness a ${others[0].witnessKey}\nwitness b ${secondKey}\ngroup g all a b\nquorum g\n`
    const report = await verify(car, twice)
    expect(report).toMatchObject({
      exit: 5,
      logs: [{ ignored: [{ name: 'b', reason: 'its operator counts already' }], quorum: { n: 1 } }],
    })
  })

  it('names lines of unknown keys as outside of what is signed', async () => {
    const report = await verify(
      encode(replayBundle(story, compliant)),
      policyText([owner, ...others.slice(0, 1)], { k: 1 }),
    )
    expect(report.unsigned.some((part) => part.includes('library.example/witness'))).toBe(true)
    expect(report.exit).toBe(0)
  })

  it('is refused when it is malformed, before the bundle is judged', async () => {
    await expect(verify(encode(replayBundle(story, compliant)), 'witness x\n')).rejects.toMatchObject({
      code: 'POLICY_MALFORMED',
    })
  })
})

describe('a forked log', () => {
  const forked = new TestNode('kisumu', { entries: story.owner.entries.slice(2) })
  const leaves = owner.leafHashes()
  const otherLeaves = [...leaves.slice(0, 8), leafHash(encodeUtf8('another history')), ...leaves.slice(9)]
  const size = leaves.length
  const ours = owner.signAt(size, STORY_START + 300, others)
  const theirs = forked.signRoot(size, treeRoot(otherLeaves), STORY_START + 300, [])
  const isFirst = compareBytes(treeRoot(leaves), treeRoot(otherLeaves)) < 0
  const proof = encodeEquivocation(
    isFirst
      ? { noteA: parseNote(ours.note), noteB: parseNote(theirs.note) }
      : { noteA: parseNote(theirs.note), noteB: parseNote(ours.note) },
  )

  const [third, fourth] = ['a third history', 'a fourth history'].map((entry) =>
    parseNote(
      owner.signRoot(
        size,
        treeRoot([...leaves.slice(0, 8), leafHash(encodeUtf8(entry)), ...leaves.slice(9)]),
        STORY_START + 300,
        [],
      ).note,
    ),
  )
  if (third === undefined || fourth === undefined) throw new Error('two entries make two notes')
  const foreign = encodeEquivocation(equivocationOfSameSize(third, fourth))

  it('gives 5, and loses time and order from the last size that is proved to be common', async () => {
    const report = await verify(
      withLog(replayBundle(story, compliant), () => ({ forks: [{ proof: block(proof) }] })),
      policy,
    )
    expect(failures(report)).toEqual([])
    expect(report).toMatchObject({ exit: 5, logs: [{ forkedAt: 0 }] })
    const common = { size: 8, path: proveConsistency(createLeafHashReader(otherLeaves), 8, size) }
    const known = await verify(
      withLog(replayBundle(story, compliant), () => ({ forks: [{ proof: block(proof), common }] })),
      policy,
    )
    expect(known).toMatchObject({ exit: 5, logs: [{ forkedAt: 8 }] })
  })

  it('cannot be claimed without two contradicting notes, nor a common size without its proof', async () => {
    const same = encodeEquivocation({ noteA: parseNote(ours.note), noteB: parseNote(ours.note) })
    expect(
      failures(
        await verify(
          withLog(replayBundle(story, compliant), () => ({ forks: [{ proof: block(same) }] })),
          policy,
        ),
      ),
    ).toEqual(['fork EQUIVOCATION_INVALID'])
    const common = { size: 8, path: [] }
    const wrong = await verify(
      withLog(replayBundle(story, compliant), () => ({ forks: [{ proof: block(proof), common }] })),
      policy,
    )
    expect(wrong.exit).toBe(3)
    // Neither of the two notes is of this history, so nothing could tell whether the common size is right.
    const strangers = withLog(replayBundle(story, compliant), () => ({ forks: [{ proof: block(foreign), common }] }))
    expect(failures(await verify(strangers, policy))).toEqual(['fork PROOF_INVALID'])
  })

  it('says that nobody checked whose cosignatures its proof has besides', async () => {
    const report = await verify(
      withLog(replayBundle(story, compliant), () => ({ forks: [{ proof: block(proof) }] })),
      policy,
    )
    expect(report.unsigned.filter((part) => part.startsWith('fork proof'))).toEqual(
      others.map(
        ({ witnessName }) => `fork proof of ${owner.origin}: the line of ${witnessName}, which the proof does not need`,
      ),
    )
    expect(formatReportText(report, { explain: true })).toContain(
      'in the proof that kisumu.example/tally/1 signed two histories',
    )
  })

  it('convicts itself by an older note that its own entries contradict', async () => {
    const older = forked.signRoot(8, treeRoot(otherLeaves.slice(1, 9)), STORY_START + 90, others)
    const report = await verify(
      withLog(replayBundle(story, compliant), (log) => ({
        notes: [...log.notes.slice(0, 1), { note: block(older.note), consistency: [] }, ...log.notes.slice(1)],
      })),
      policy,
    )
    expect(failures(report)).toEqual([])
    expect(report).toMatchObject({ exit: 5, logs: [{ forkedAt: 0 }] })
  })
})

describe('a careless log', () => {
  it('may hold a bad signature, an unknown key and garbage: they have no effect and are reported', async () => {
    const careless = createStory()
    const forged = makeStatement(careless.owner.party, 13, { target: careless.ids.grant })
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    const stranger = makeStatement({ ...careless.stranger, signer: namedSigner('nobody') }, 13, {
      target: careless.ids.grant,
    })
    careless.owner.append(forged, stranger, encodeUtf8('garbage'))
    careless.owner.publish(STORY_START + 400, careless.others)
    const report = await verify(encode(replayBundle(careless, { use: careless.ids.use })), careless.policy)
    expect(failures(report)).toEqual([])
    expect(report.exit).toBe(0)
    expect(report.signatures).toMatchObject({ invalid: [cidOf(forged)], unknownKey: [cidOf(stranger)], unreadable: 1 })
  })
})

describe('cited notes and blobs', () => {
  it('count when a statement names them, and are refused when none does', async () => {
    const citing = createStory()
    const first = citing.owner.published[0]
    if (first === undefined) throw new Error('the story publishes')
    const bare = await verify(
      encode(replayBundle(citing, { use: citing.ids.use }, { citedNotes: [first.note] })),
      citing.policy,
    )
    expect(bare.exit).toBe(0)
    citing.owner.append(
      makeStatement(citing.buyer, 10, { grant: citing.ids.grant, terms: citing.ids.terms, seen: sha256(first.note) }),
    )
    citing.owner.publish(STORY_START + 400, citing.others)
    const source = { citedNotes: [first.note] }
    const report = await verify(encode(replayBundle(citing, { use: citing.ids.use }, source)), citing.policy)
    expect(report.steps).toContainEqual(expect.objectContaining({ step: 'cited-notes', outcome: 'passed' }))
    const bundle = replayBundle(citing, { use: citing.ids.use })
    const other = citing.owner.published[1]?.note ?? new Uint8Array()
    expect(failures(await verify(encode({ ...bundle, cited: [block(other)] }), citing.policy))).toEqual([
      'cited-notes BUNDLE_MALFORMED',
    ])
    expect(failures(await verify(encode({ ...bundle, blobs: [block(other)] }), citing.policy))).toEqual([
      'blobs BUNDLE_MALFORMED',
    ])
  })
})
