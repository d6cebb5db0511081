/**
 * Sound parts in the wrong place: proofs swapped, entries dropped or reordered, another log's history under this name.
 * Nothing here is forged, so nothing but the structure can tell.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block, Bundle, BundleLog, BundleNote, BundleStatement } from '../../src/evidence/bundle-model.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { TestNode } from '../support/evidence-ledger.ts'
import {
  encode,
  failures,
  partialBundle,
  rememberingVerifier,
  replayBundle,
  verify,
  verifyOrCode,
} from '../support/evidence-bundles.ts'
import { createStory, STORY_START } from '../support/evidence-story.ts'

const story = createStory()
const { owner, others, policy } = story
const question = { use: story.ids.use }
const replayed = replayBundle(story, question)
const partial = partialBundle(story, question)
const verifier = rememberingVerifier(nativeVerifier)

function editLog(bundle: Bundle, edit: (log: BundleLog) => Partial<BundleLog>): Bundle {
  return { ...bundle, logs: bundle.logs.map((log) => Object.assign({ ...log }, edit(log))) }
}

function editStatements(edit: (statements: BundleStatement[]) => BundleStatement[]): Bundle {
  return { ...partial, statements: edit([...partial.statements]) }
}

function at<T>(items: readonly T[], index: number): T {
  const item = items.at(index)
  if (item === undefined) throw new Error('no such item')
  return item
}

function swapped<T>(items: readonly T[], i: number, j: number): T[] {
  return items.map((item, index) => (index === i ? at(items, j) : index === j ? at(items, i) : item))
}

const foreign = new TestNode('coast', { entries: owner.entries.slice(2) })
foreign.publish(STORY_START + 300, [owner, at(others, 1)])
const foreignLog = at(replayBundle(story, question, { logs: [foreign.replaySource()] }).logs, 0)
const noteAt = (index: number): BundleNote => ({ note: at(at(replayed.logs, 0).notes, index).note, consistency: [] })
const entriesOf = (log: BundleLog): readonly Block[] => log.entries ?? []

const attacks: readonly (readonly [name: string, bundle: Bundle, failure: string])[] = [
  [
    'an entry is dropped',
    editLog(replayed, (log) => ({ entries: entriesOf(log).slice(0, -1) })),
    'entries PROOF_LENGTH',
  ],
  [
    'an entry in the middle is dropped',
    editLog(replayed, (log) => ({ entries: entriesOf(log).toSpliced(5, 1) })),
    'entries PROOF_LENGTH',
  ],
  [
    'entries change places',
    editLog(replayed, (log) => ({ entries: swapped(entriesOf(log), 9, 10) })),
    'entries PROOF_INVALID',
  ],
  [
    'an entry is repeated in the place of another',
    editLog(replayed, (log) => ({ entries: entriesOf(log).with(6, at(entriesOf(log), 5)) })),
    'entries PROOF_INVALID',
  ],
  [
    'the genesis is another entry',
    editLog(replayed, (log) => ({ genesis: at(entriesOf(log), 1) })),
    'genesis BUNDLE_MALFORMED',
  ],
  [
    'the log begins with another entry, said to be its genesis',
    editLog(replayed, (log) => ({
      genesis: at(entriesOf(log), 1),
      entries: entriesOf(log).with(0, at(entriesOf(log), 1)),
    })),
    'genesis STATEMENT_KIND',
  ],
  [
    'only a smaller checkpoint is shown for all entries',
    editLog(replayed, () => ({ notes: [noteAt(0)] })),
    'entries PROOF_LENGTH',
  ],
  [
    'checkpoints stand in another order',
    editLog(replayed, () => ({ notes: [noteAt(1), noteAt(0), noteAt(4)] })),
    'notes BUNDLE_MALFORMED',
  ],
  [
    "another log's checkpoints vouch for these entries",
    editLog(replayed, () => ({ notes: foreignLog.notes })),
    'notes NOTE_UNSIGNED',
  ],
  [
    "another log's history stands under this name",
    editLog(replayed, () => ({ ...foreignLog, origin: owner.origin })),
    'genesis BUNDLE_MALFORMED',
  ],
  [
    'the receipt signature is that of another checkpoint',
    editLog(replayed, (log) => {
      const rootSignature = at(log.notes, 0).rootSignature ?? new Uint8Array()
      return { notes: [...log.notes.slice(0, -1), { ...at(log.notes, -1), rootSignature }] }
    }),
    'root-signatures SIGNATURE_INVALID',
  ],
  [
    'two statements change their paths',
    editStatements((all) => all.map((statement, i) => ({ ...statement, path: at(swapped(all, 8, 9), i).path }))),
    'inclusion PROOF_INVALID',
  ],
  [
    'two statements change their positions',
    editStatements((all) => all.map((statement, i) => ({ ...statement, entry: at(swapped(all, 8, 9), i).entry }))),
    'inclusion PROOF_INVALID',
  ],
  [
    'a position is beyond the log',
    editStatements((all) => [...all.slice(0, -1), { ...at(all, -1), index: 4000 }]),
    'inclusion TREE_RANGE',
  ],
  [
    'a path is cut short',
    editStatements((all) => all.with(5, { ...at(all, 5), path: at(all, 5).path.slice(1) })),
    'inclusion PROOF_LENGTH',
  ],
  [
    'a consistency proof is that of another size',
    editLog(partial, (log) => ({
      notes: log.notes.with(0, { ...at(log.notes, 0), consistency: at(log.notes, 1).consistency }),
    })),
    'consistency PROOF_LENGTH',
  ],
  ['the genesis is left out', editStatements((all) => all.slice(1)), 'genesis BUNDLE_MALFORMED'],
]

describe('a bundle is refused with exit 3 when', () => {
  it.each(attacks)('%s', async (_, bundle, failure) => {
    const report = await verify(encode(bundle), policy)
    expect(failures(report)).toContain(failure)
    expect(report).toMatchObject({ exit: 3, ok: false, verdict: undefined, logs: [] })
  })
})

describe('leaving out what is sound', () => {
  it('never turns a violation into something better', async () => {
    const claimed = replayBundle(story, { use: story.ids.claimedUse })
    const { notes } = at(claimed.logs, 0)
    for (let kept = 1; kept < 2 ** notes.length; kept++) {
      const subset = notes.filter((_, i) => (kept >> i) % 2 === 1)
      const report = await verify(encode(editLog(claimed, () => ({ notes: subset }))), policy, verifier)
      expect([3, 4, 5]).toContain(report.exit)
    }
  })

  it('never makes a use compliant by single statements', async () => {
    for (let left = 2; left < partial.statements.length; left++) {
      const report = await verify(encode(editStatements((all) => all.toSpliced(left, 1))), policy, verifier)
      expect(report.exit).toBe(5)
    }
  })
})

describe('hostile bytes', () => {
  const cars = [encode(replayed), encode(partial)]

  it('end in a report or in one of our errors, whatever is cut, repeated or overwritten', async () => {
    const codes = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...cars),
        fc.array(
          fc.record({
            at: fc.double({ min: 0, max: 1, noNaN: true }),
            remove: fc.nat(40),
            insert: fc.uint8Array({ maxLength: 40 }),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        async (car, edits) => {
          let bytes = [...car]
          for (const { at: where, remove, insert } of edits)
            bytes = bytes.toSpliced(Math.floor(where * bytes.length), remove, ...insert)
          const outcome = await verifyOrCode(Uint8Array.from(bytes), policy, verifier)
          codes.add(typeof outcome === 'string' ? outcome : String(outcome.exit))
        },
      ),
      { numRuns: 150 },
    )
    expect(
      [...codes].filter(
        (code) => !['BUNDLE_MALFORMED', 'BUNDLE_LIMIT', 'BUNDLE_VERSION', '3', '0', '5'].includes(code),
      ),
    ).toEqual([])
    expect(codes).toContain('BUNDLE_MALFORMED')
  })

  it('that promise large things take no memory for them', async () => {
    const before = process.memoryUsage().rss
    const [car] = cars
    for (const length of ['ffffff7f', 'ffffffffffffffff7f']) {
      const huge = Uint8Array.from([
        ...(car ?? []).slice(0, 59),
        ...Buffer.from(length, 'hex'),
        ...(car ?? []).slice(60),
      ])
      expect(await verifyOrCode(huge, policy, verifier)).toBe('BUNDLE_MALFORMED')
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20)
  })

  it('are not read as hashes of anything: an empty file is no bundle', async () => {
    expect(await verifyOrCode(new Uint8Array(), policy)).toBe('BUNDLE_MALFORMED')
    expect(await verifyOrCode(sha256(new Uint8Array()), policy)).toBe('BUNDLE_MALFORMED')
  })
})
