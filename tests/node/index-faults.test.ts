/**
 * What a node makes of a peer's word that a log committed to a wrong index: entries in a store, commitments and
 * checkpoints signed by the log's key, some of them wrong.
 */
import { expect, it } from 'vitest'
import { toHex } from '../../src/encoding/bytes.ts'
import { proveInclusion } from '../../src/merkle/inclusion.ts'
import { systemClock } from '../../src/node/clock.ts'
import { IndexFaults } from '../../src/node/index-faults.ts'
import { decodeOrUndefined, growthEntry, openLogIndex, prepareGrowth } from '../../src/node/log-growth.ts'
import { type HeldLog, LogRegistry } from '../../src/node/log-registry.ts'
import { nativeSha256 as sha256, nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { formatCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { formatNote } from '../../src/note/note.ts'
import { ED25519_NOTE, verifierKey } from '../../src/note/verifier-key.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { type CommittedMap, signCommitment } from '../../src/subject-index/commitment.ts'
import { encodeIndexEvidence } from '../../src/subject-index/evidence.ts'
import { MAP_ID } from '../../src/subject-index/postings.ts'
import { sampleCid, SAMPLES, signed } from '../support/statement-samples.ts'

const ORIGIN = 'judged.example/tally/1'
const signer = nativeSigner(new Uint8Array(32).fill(5))
const WRONG = 2
const BLOCKS = 4

interface Judged {
  readonly store: MemoryStore
  readonly log: HeldLog
  /** Evidence about the commitment that ends each block of entries. */
  readonly evidence: readonly Uint8Array[]
}

/** A log of some blocks of entries, each with a checkpoint; the commitment of one block is wrong. */
async function judgedLog(blocks: number): Promise<Judged> {
  const store = new MemoryStore()
  const opened = await openLogStore(store, ORIGIN, { sha256 })
  const log = new LogRegistry().add({
    origin: ORIGIN,
    name: 'judged',
    logKey: verifierKey(ORIGIN, ED25519_NOTE, signer.publicKey),
    isOwn: false,
    store: opened,
    index: await openLogIndex(store, opened),
  })
  const evidence: Uint8Array[] = []
  for (let block = 0; block < blocks; block++) {
    const entries = Array.from({ length: 40 }, (_, i) => {
      const about = [sampleCid(block), sampleCid(100 + block * 40 + i)]
      const bytes = signed(24, { ...SAMPLES[24].full, subject: `${block} ${i}`, about })
      return growthEntry(bytes, decodeOrUndefined(bytes))
    })
    let maps: CommittedMap[] = []
    let commitment: Uint8Array = new Uint8Array(0)
    const growth = prepareGrowth(log, entries, ({ size, subjects, root }) => {
      maps = [{ id: MAP_ID, subjects: subjects + (block === WRONG ? 1 : 0), root }]
      commitment = signCommitment({ size, maps }, ORIGIN, signer)
      return commitment
    })
    await store.commit(growth.operations)
    growth.applied()
    const { size, root } = growth
    const checkpoint = { origin: ORIGIN, size, root }
    evidence.push(
      encodeIndexEvidence({
        note: formatNote({
          text: formatCheckpoint(checkpoint),
          signatures: [signCheckpoint(checkpoint, ORIGIN, signer)],
        }),
        commitment,
        path: proveInclusion(log.store.hashReader(), size - 1, size, sha256),
        mapId: MAP_ID,
        proof: { hash: maps[0]?.root ?? new Uint8Array(32) },
        lists: [],
        elements: [],
      }),
    )
  }
  log.index.release(log.index.size)
  return { store, log, evidence }
}

async function faultsOf({ store, log, evidence }: Judged): Promise<{
  faults: IndexFaults
  learn: (block: number, from: string) => Promise<string>
}> {
  const faults = await IndexFaults.open(store, systemClock)
  const find = (origin: string): HeldLog | undefined => (origin === ORIGIN ? log : undefined)
  return {
    faults,
    learn: (block, from) => faults.learn(evidence[block] ?? new Uint8Array(0), from, find, nativeVerifier),
  }
}

/** Until what had to be computed is known: a peer is asked again and again. */
async function settled(learn: () => Promise<string>): Promise<string> {
  for (;;) {
    const learnt = await learn()
    if (learnt !== 'later') return learnt
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

it('a fault older than what is kept of the index is found, once, and survives a restart', async () => {
  const judged = await judgedLog(BLOCKS)
  const { faults, learn } = await faultsOf(judged)
  expect(await learn(WRONG, 'peer')).toBe('later')
  expect(await settled(() => learn(WRONG, 'peer'))).toBe('nothing')
  expect(faults.all()).toHaveLength(1)
  expect(faults.find(ORIGIN)?.size).toBe((WRONG + 1) * 41)
  const reopened = await IndexFaults.open(judged.store, systemClock)
  expect(toHex(reopened.find(ORIGIN)?.evidence ?? new Uint8Array(0))).toBe(
    toHex(judged.evidence[WRONG] ?? new Uint8Array(0)),
  )
})

it('a fault at a size that is kept is found at once, and kept once whoever tells of it', async () => {
  const { faults, learn } = await faultsOf(await judgedLog(WRONG + 1))
  let heard = 0
  faults.onFault(() => heard++)
  await Promise.all([learn(WRONG, 'one'), learn(WRONG, 'two')])
  expect(faults.all()).toHaveLength(1)
  expect(heard).toBe(1)
})

it('waits for entries that are not here yet', async () => {
  const whole = await judgedLog(BLOCKS)
  const { faults, learn } = await faultsOf({ ...(await judgedLog(1)), evidence: whole.evidence })
  expect(await learn(WRONG, 'peer')).toBe('later')
  await faults.stop()
  expect(await learn(WRONG, 'peer')).toBe('later')
  expect(faults.all()).toEqual([])
})

it('a peer that accuses a log of a right commitment is not listened to again, others are', async () => {
  const { faults, learn } = await faultsOf(await judgedLog(BLOCKS))
  for (const right of [0, 1, 3]) expect(await settled(() => learn(right, `peer ${right}`))).toBe('nothing')
  expect(faults.all()).toEqual([])
  for (const right of [0, 1, 3]) expect(await learn(WRONG, `peer ${right}`)).toBe('nothing')
  expect(await settled(() => learn(WRONG, 'another'))).toBe('nothing')
  expect(faults.all()).toHaveLength(1)
})

it('has nothing to do with another history than the one held', async () => {
  const { evidence } = await judgedLog(BLOCKS)
  const other = await judgedLog(1)
  const entry = signed(24, { ...SAMPLES[24].full, subject: 'another history' })
  for (let i = 0; i < 200; i++) {
    const growth = prepareGrowth(other.log, [growthEntry(entry, decodeOrUndefined(entry))])
    await other.store.commit(growth.operations)
    growth.applied()
  }
  const { faults, learn } = await faultsOf({ ...other, evidence })
  expect(await learn(WRONG, 'peer')).toBe('nothing')
  expect(faults.all()).toEqual([])
})
