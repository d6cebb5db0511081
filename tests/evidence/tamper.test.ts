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
import type { Bundle } from '../../src/evidence/bundle-model.ts'
import { proveConsistency } from '../../src/merkle/consistency.ts'
import { createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { encodeEquivocation, equivocationOfSameSize } from '../../src/note/equivocation.ts'
import { parseNote } from '../../src/note/note.ts'
import { policyText } from '../support/evidence-ledger.ts'
import { createStory, STORY_START } from '../support/evidence-story.ts'
import {
  encode,
  indexedBundle,
  partialBundle,
  rememberingVerifier,
  replayBundle,
  verify,
  verifyOrCode,
} from '../support/evidence-bundles.ts'
import { flipped, isDeclared, judgement, rebuildWithChange } from '../support/evidence-tamper.ts'

const part = Number(process.env['TALLYSTICK_TAMPER'] ?? '0.1')
const story = createStory()
const verifier = rememberingVerifier(nativeVerifier)
/** A policy that does not know the second witness, so that the bundle has lines nobody can check. */
const policy = policyText([story.owner, ...story.others.slice(0, 1)], { k: 1, mirrors: story.others.slice(0, 1) })
/** The same, closed with a commitment to the index, which two mirrors recomputed. */
const indexed = createStory()
indexed.owner.publishIndexed(STORY_START + 600, indexed.others)
const hint = { name: 'policy of the maker', sha256: story.model }

const bundles: readonly (readonly [name: string, car: Uint8Array, policy: string])[] = [
  [
    'a replayed bundle with a permitted use',
    encode(replayBundle(story, { use: story.ids.use }, { policyHint: hint })),
    policy,
  ],
  ['a replayed bundle with a violation', encode(replayBundle(story, { use: story.ids.claimedUse })), policy],
  ['a bundle with paths', encode(partialBundle(story, { use: story.ids.use })), policy],
  ['a bundle in parts, with its index', encode(indexedBundle(indexed, { use: indexed.ids.use })), policy],
  ['a replayed bundle of a log that forked', encode(forkedBundle()), story.policy],
]

/** The log signed, and two witnesses cosigned, another history from entry 8 on. */
function forkedBundle(): Bundle {
  const { owner, others, ids } = story
  const size = owner.entries.length
  const theirs = owner.leafHashes().with(8, leafHash(encodeUtf8('another history')))
  const [ours, other] = [owner.leafHashes(), theirs].map((leaves) =>
    parseNote(owner.signRoot(size, treeRoot(leaves), STORY_START + 300, others).note),
  )
  if (ours === undefined || other === undefined) throw new Error('two notes make a fork')
  const proof = encodeEquivocation(equivocationOfSameSize(ours, other))
  const common = { size: 8, path: proveConsistency(createLeafHashReader(theirs), 8, size) }
  const source = { ...owner.replaySource(), forks: [{ proof, common }] }
  return replayBundle(story, { use: ids.use }, { logs: [source] })
}

/** Every n-th position, so that the part asked for is tried; the first is another one for each bundle. */
function positions(length: number, first: number): number[] {
  const step = part > 0 ? Math.max(1, Math.round(1 / part)) : length
  return Array.from({ length: length }, (_, i) => i).filter((i) => i % step === first % step)
}

describe.each(bundles)('%s', (_, car, policy) => {
  it('shows any changed byte', async () => {
    const untouched = await verify(car, policy, verifier)
    const silent: number[] = []
    for (const at of positions(car.length, 3)) {
      const outcome = await verifyOrCode(flipped(car, at), policy, verifier)
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
        const changed = rebuildWithChange(car, { block, offset })
        const outcome = await verifyOrCode(changed, policy, verifier)
        if (judgement(outcome) !== judgement(untouched)) continue
        if (typeof outcome === 'string' || !isDeclared(car, untouched, outcome, { block, offset }))
          silent.push(`block ${block} offset ${offset}`)
      }
    }
    expect(silent).toEqual([])
  }, 600_000)
})
