import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/encoding/bytes.ts'
import { decodeCar, encodeCar } from '../../src/encoding/car.ts'
import type { CborKey, CborValue } from '../../src/encoding/cbor.ts'
import { decodeCbor, encodeCbor, isCborMap } from '../../src/encoding/cbor.ts'
import { decodeBundle } from '../../src/evidence/bundle.ts'
import { isLedgerError } from '../../src/errors.ts'
import { encode, partialBundle, replayBundle } from '../support/evidence-bundles.ts'
import { createStory } from '../support/evidence-story.ts'

const story = createStory()
const question = { use: story.ids.use }
const replay = encode(replayBundle(story, question))
const partial = encode(partialBundle(story, question))

function codeOf(car: Uint8Array): string {
  try {
    decodeBundle(car, sha256)
    return 'accepted'
  } catch (error) {
    if (isLedgerError(error)) return error.code
    throw error
  }
}

/** The same blocks under a root block that has been edited. */
function withRoot(car: Uint8Array, edit: (root: Map<CborKey, CborValue>) => void): Uint8Array {
  const [root, ...blocks] = decodeCar(car)
  const value = decodeCbor(root?.data ?? new Uint8Array(), { maxItems: 1 << 16 })
  if (!isCborMap(value)) throw new Error('the root is a map')
  const edited = new Map(value)
  edit(edited)
  const data = encodeCbor(edited)
  return encodeCar([{ digest: sha256(data), data }, ...blocks])
}

function firstLog(root: ReadonlyMap<CborKey, CborValue>): Map<CborKey, CborValue> {
  const logs = root.get('logs')
  const log = Array.isArray(logs) ? (logs[0] as CborValue) : undefined
  if (!isCborMap(log)) throw new Error('a log is a map')
  return new Map(log)
}

describe('bundles', () => {
  it('come back as they went in, replayed or with paths', () => {
    for (const car of [replay, partial]) {
      const bundle = decodeBundle(car, sha256)
      expect(bundle.mismatched).toEqual([])
      expect(bundle.missing).toEqual([])
      expect(toHex(encode(bundle))).toBe(toHex(car))
    }
    expect(decodeBundle(replay, sha256).logs[0]?.entries).toHaveLength(story.owner.entries.length)
    expect(decodeBundle(partial, sha256).statements).toHaveLength(story.owner.entries.length)
  })

  it('have one encoding for one content, in whatever order it is given', () => {
    const logs = [story.owner, ...story.others].map((node) => node.replaySource())
    const forwards = encode(replayBundle(story, question, { logs }))
    const backwards = encode(replayBundle(story, question, { logs: logs.toReversed() }))
    expect(toHex(forwards)).toBe(toHex(backwards))
  })

  it('keep the three kinds of question and the hint', () => {
    for (const asked of [question, { model: story.model }, { claim: story.ids.grant }]) {
      const hint = { name: 'policy.txt', sha256: story.model }
      const bundle = decodeBundle(encode(replayBundle(story, asked, { policyHint: hint })), sha256)
      expect(bundle.question).toEqual(asked)
      expect(bundle.policyHint).toEqual(hint)
    }
  })

  it('of a newer version say so, rather than that they are broken', () => {
    expect(codeOf(withRoot(replay, (root) => root.set('v', 2)))).toBe('BUNDLE_VERSION')
    expect(codeOf(withRoot(replay, (root) => root.set('v', 'one')))).toBe('BUNDLE_MALFORMED')
    expect(codeOf(withRoot(replay, (root) => root.delete('v')))).toBe('BUNDLE_MALFORMED')
  })

  it.each<[string, (root: Map<CborKey, CborValue>) => void]>([
    ['an unknown key', (root) => root.set('trust', 'me')],
    ['index evidence that is no CID', (root) => root.set('absences', ['x'])],
    ['no question', (root) => root.delete('question')],
    [
      'two questions',
      (root) =>
        root.set(
          'question',
          new Map([
            ['use', story.ids.use],
            ['claim', story.ids.use],
          ]),
        ),
    ],
    ['a model of another length', (root) => root.set('question', new Map([['model', new Uint8Array(31)]]))],
    ['logs that are no array', (root) => root.set('logs', new Map())],
    ['the same log twice', (root) => root.set('logs', [firstLog(root), firstLog(root)])],
    ['a log without notes', (root) => root.set('logs', [firstLog(root).set('notes', [])])],
    ['an empty list of forks', (root) => root.set('logs', [firstLog(root).set('forks', [])])],
    ['half a digest', (root) => root.set('logs', [firstLog(root).set('entries', new Uint8Array(33))])],
    ['a block that the root does not name', (root) => root.set('logs', [])],
    [
      'a statement of no log',
      (root) =>
        root.set('statements', [
          new Map<CborKey, CborValue>([
            ['cid', story.ids.use],
            ['origin', 'x'],
            ['index', 0],
            ['path', []],
          ]),
        ]),
    ],
    ['cited notes out of order', (root) => root.set('cited', [story.ids.use, story.ids.use])],
  ])('are refused for %s', (_, edit) => {
    expect(codeOf(withRoot(replay, edit))).toBe('BUNDLE_MALFORMED')
  })

  it('are refused when their blocks stand in another order', () => {
    const [root, first, second, ...rest] = decodeCar(replay)
    if (root === undefined || first === undefined || second === undefined) throw new Error('a bundle has blocks')
    expect(codeOf(encodeCar([root, second, first, ...rest]))).toBe('BUNDLE_MALFORMED')
  })

  it('say which named block is missing and which is damaged', () => {
    const blocks = decodeCar(replay)
    const lost = blocks.at(-1)
    const cut = decodeBundle(encodeCar(blocks.slice(0, -1)), sha256)
    expect(cut.missing).toHaveLength(1)
    const changed = replay.slice()
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    expect(decodeBundle(changed, sha256).mismatched).toEqual(cut.missing)
    expect(lost?.data.length).toBeGreaterThan(0)
  })

  it('that are something else are no bundle', () => {
    for (const bytes of [new Uint8Array(), new Uint8Array(100), story.owner.genesis])
      expect(codeOf(bytes)).toBe('BUNDLE_MALFORMED')
    const data = encodeCbor('a block')
    expect(codeOf(encodeCar([{ digest: sha256(data), data }]))).toBe('BUNDLE_MALFORMED')
  })
})
