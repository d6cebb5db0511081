/**
 * Any byte of a bundle changed, as it is, and again with the block's CID, its mentions in the root and the archive
 * rebuilt, so that the change reaches signatures and proofs. It must show: another exit or verdict, or a report that names
 * the changed part as outside of what is signed.
 *
 * TALLYSTICK_TAMPER is the part of all positions that is tried, from 0 to 1; a tenth unless set.
 */
import { describe, expect, it } from 'vitest'
import { decodeCar } from '../../src/encoding/car.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import type { Report } from '../../src/evidence/report.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { policyText } from '../support/evidence-ledger.ts'
import { createStory, STORY_START } from '../support/evidence-story.ts'
import {
  encode,
  indexedBundle,
  partialBundle,
  rebuildWithChange,
  rememberingVerifier,
  replayBundle,
  verify,
  verifyOrCode,
} from '../support/evidence-bundles.ts'
import type { ErrorCode } from '../../src/errors.ts'

const part = Number(process.env['TALLYSTICK_TAMPER'] ?? '0.1')
const story = createStory()
const verifier = rememberingVerifier(nativeVerifier)
/** A policy that does not know the second witness, so that the bundle has lines nobody can check. */
const policy = policyText([story.owner, ...story.others.slice(0, 1)], { k: 1, mirrors: story.others.slice(0, 1) })
/** The same, closed with a commitment to the index, which two mirrors recomputed. */
const indexed = createStory()
indexed.owner.publishIndexed(STORY_START + 600, indexed.others)
const hint = { name: 'policy of the maker', sha256: story.model }

const bundles: readonly (readonly [name: string, car: Uint8Array])[] = [
  ['a replayed bundle with a permitted use', encode(replayBundle(story, { use: story.ids.use }, { policyHint: hint }))],
  ['a replayed bundle with a violation', encode(replayBundle(story, { use: story.ids.claimedUse }))],
  ['a bundle with paths', encode(partialBundle(story, { use: story.ids.use }))],
  ['a bundle in parts, with its index', encode(indexedBundle(indexed, { use: indexed.ids.use }))],
]

/** Every n-th position, so that the part asked for is tried; the first is another one for each bundle. */
function positions(length: number, first: number): number[] {
  const step = part > 0 ? Math.max(1, Math.round(1 / part)) : length
  return Array.from({ length: length }, (_, i) => i).filter((i) => i % step === first % step)
}

/** One bit, another one at each position, so that all eight occur. */
function maskAt(position: number): number {
  return 1 << ((position * 5) % 8)
}

function judgement(outcome: Report | ErrorCode): string {
  if (typeof outcome === 'string') return outcome
  const { exit, instant, asOf, verdict } = outcome
  return JSON.stringify({ exit, instant, asOf, verdict })
}

/** Whether what changed is a part that the untouched bundle's report, or the changed one's, says nobody signed. */
function isDeclared(
  changed: Uint8Array,
  before: Report,
  after: Report,
  position: { block: number; offset: number } | undefined,
): boolean {
  if (JSON.stringify(before.unsigned) !== JSON.stringify(after.unsigned)) return true
  if (position === undefined) return false
  const data = decodeCar(changed)[position.block]?.data ?? new Uint8Array()
  if (position.block === 0)
    return (
      isBetween(data, position.offset, 'policyHint', 'statements') ||
      isBetween(data, position.offset, 'policyHint', 'absences')
    )
  return isOnLine(data, position.offset, '\u2014 library.example/')
}

/** Whether an offset lies on a line of text that starts like this, after the name of the key. */
function isOnLine(data: Uint8Array, offset: number, start: string): boolean {
  const line = data.subarray(data.lastIndexOf(0x0a, offset - 1) + 1, offset)
  return indexOf(line, encodeUtf8(start), 0) === 0
}

/** Whether an offset lies between a text and the next occurrence of another. */
function isBetween(data: Uint8Array, offset: number, from: string, to: string): boolean {
  const start = indexOf(data, encodeUtf8(from), 0)
  return start >= 0 && offset >= start && offset < indexOf(data, encodeUtf8(to), start)
}

function indexOf(data: Uint8Array, text: Uint8Array, from: number): number {
  for (let at = from; at + text.length <= data.length; at++)
    if (text.every((byte, i) => data[at + i] === byte)) return at
  return -1
}

describe.each(bundles)('%s', (_, car) => {
  it('shows any changed byte', async () => {
    const untouched = await verify(car, policy, verifier)
    const silent: number[] = []
    for (const at of positions(car.length, 3)) {
      const changed = car.slice()
      changed[at] = (changed[at] ?? 0) ^ maskAt(at)
      const outcome = await verifyOrCode(changed, policy, verifier)
      const isBad = typeof outcome === 'string' ? outcome.startsWith('BUNDLE_') : outcome.exit === 3
      if (!isBad) silent.push(at)
    }
    expect(untouched.exit).not.toBe(3)
    expect(silent).toEqual([])
  }, 600_000)

  it('shows any changed byte also when everything around it is rebuilt', async () => {
    const untouched = await verify(car, policy, verifier)
    const silent: string[] = []
    for (const [block, { data }] of decodeCar(car).entries()) {
      for (const offset of positions(data.length, block)) {
        const changed = rebuildWithChange(car, block, offset, maskAt(offset))
        const outcome = await verifyOrCode(changed, policy, verifier)
        if (judgement(outcome) !== judgement(untouched)) continue
        if (typeof outcome === 'string' || !isDeclared(changed, untouched, outcome, { block, offset }))
          silent.push(`block ${block} offset ${offset}`)
      }
    }
    expect(silent).toEqual([])
  }, 600_000)
})
