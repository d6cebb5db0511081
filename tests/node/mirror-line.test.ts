/** What a witness signs of a log with its mirror key, what it refuses and remembers: the real check-and-store over a log that lies. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isLedgerError } from '../../src/errors.ts'
import { proveConsistency } from '../../src/merkle/consistency.ts'
import { createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { appendLeaves, EMPTY_FRONTIER, type Frontier, frontierRoot, treeRoot } from '../../src/merkle/tree.ts'
import { type Card, formatCard, parseCard } from '../../src/node/card.ts'
import { ClaimTable } from '../../src/node/claim-table.ts'
import { systemClock } from '../../src/node/clock.ts'
import { ForkKeeper } from '../../src/node/fork-keeper.ts'
import { homePaths } from '../../src/node/home.ts'
import { IndexFaults } from '../../src/node/index-faults.ts'
import { KeyDirectory } from '../../src/node/key-directory.ts'
import { decodeOrUndefined, growthEntry, openLogIndex, prepareGrowth } from '../../src/node/log-growth.ts'
import { LogRegistry } from '../../src/node/log-registry.ts'
import { nativeSha256 as sha256, nativeSigner, nativeVerifier as verifier } from '../../src/node/native-crypto.ts'
import { readNodeKeys } from '../../src/node/node-keys.ts'
import { StatementChecker } from '../../src/node/statement-checker.ts'
import { Witness } from '../../src/node/witness.ts'
import { formatCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { parseSignatureLines } from '../../src/note/note.ts'
import { ED25519_COSIGNATURE, ED25519_NOTE, verifierKey } from '../../src/note/verifier-key.ts'
import type { Signer } from '../../src/signing/signer.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { IndexStore } from '../../src/storage/index-store.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { signCommitment } from '../../src/subject-index/commitment.ts'
import { MAP_ID, postingsOfEntry } from '../../src/subject-index/postings.ts'
import { createTestHomes, datasetStatement, type TestHome } from '../support/node-network.ts'

let folder: string
let home: TestHome
let card: Card
let logSigner: Signer
/** What every log begins with: its genesis and its operator. */
let first: readonly Uint8Array[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallystick-mirror-'))
  const [made] = await createTestHomes(folder, ['log'])
  home = made as TestHome
  card = await parseCard(await readFile(homePaths(home.home).card, 'utf8'), verifier)
  logSigner = nativeSigner((await readNodeKeys(home.home)).log)
  const store = await openLevelStore(homePaths(home.home).database)
  const log = await openLogStore(store, home.origin, { sha256 })
  first = log.readEntries(0, log.size, Infinity)
  await store.close()
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

function signerOf(): Signer {
  return nativeSigner(new Uint8Array(randomBytes(32)))
}

/** An operator that follows the log as this card introduces it. */
async function follow(introduced: Card): Promise<{
  witness: Witness
  size: () => number
  grow: () => void
  /** As the follower does with entries that it fetched. */
  append: (entries: readonly Uint8Array[]) => Promise<void>
  claims: ClaimTable
}> {
  const store = new MemoryStore()
  const logs = new LogRegistry()
  const tree = await openLogStore(store, introduced.origin, { sha256 })
  const held = logs.follow(introduced, { store: tree, index: await openLogIndex(store, tree) })
  const claims = new ClaimTable(systemClock)
  const witness = new Witness({
    store,
    logs,
    claims,
    forks: await ForkKeeper.open(store, systemClock),
    indexFaults: await IndexFaults.open(store, systemClock),
    checker: new StatementChecker(new KeyDirectory(store), verifier),
    verifier,
    clock: systemClock,
    witness: { name: 'mirror.example/tally/1/witness', signer: signerOf() },
    mirror: { name: 'mirror.example/tally/1/mirror', signer: signerOf() },
    onAdvance: () => undefined,
  })
  const grow = (): void =>
    void prepareGrowth(
      held,
      first.map((bytes) => growthEntry(bytes, decodeOrUndefined(bytes))),
    )
  const append = async (entries: readonly Uint8Array[]): Promise<void> => {
    const growth = prepareGrowth(
      held,
      entries.map((bytes) => growthEntry(bytes, decodeOrUndefined(bytes))),
    )
    await store.commit(growth.operations)
    growth.applied()
  }
  return { witness, size: () => tree.size, grow, append, claims }
}

/** Offers these entries as the log's first checkpoint. */
async function offer(
  witness: Witness,
  entries: readonly Uint8Array[],
): Promise<{ reserved: string; lines: readonly string[] }> {
  const instance = new Uint8Array(randomBytes(16))
  const { origin } = home
  await witness.claim(origin, instance, 'connection')
  const tree = appendLeaves(
    EMPTY_FRONTIER,
    entries.map((entry) => leafHash(entry, sha256)),
    sha256,
  )
  const size = entries.length
  const root = frontierRoot(tree, sha256)
  const reply = await witness.reserve({ origin, instance, size, root, start: 0, frontier: [], entries }, 'connection')
  const text = formatCheckpoint({ origin, size, root })
  const note = { text, signatures: [signCheckpoint({ origin, size, root }, origin, logSigner)] }
  const cosigned = await witness.cosign({ old: 0, proof: [], note }, instance, 'connection')
  const lines = cosigned.outcome === 'cosigned' ? cosigned.lines.flatMap((line) => parseSignatureLines(line)) : []
  return { reserved: reply.stored ? 'stored' : (reply.reason ?? ''), lines: lines.map(({ name }) => name) }
}

async function commitment(signer: Signer): Promise<Uint8Array> {
  const index = (await IndexStore.open(new MemoryStore(), 0, sha256)).prepareExtend(
    first.map((entry) => ({ leafHash: leafHash(entry, sha256), postings: postingsOfEntry(entry, sha256) })),
  )
  const maps = [{ id: MAP_ID, subjects: index.state.subjects, root: index.state.root }]
  return signCommitment({ size: first.length, maps }, home.origin, signer)
}

const WITNESS = 'mirror.example/tally/1/witness'
const MIRROR = 'mirror.example/tally/1/mirror'

it('a log that ends with the right commitment gets both lines', async () => {
  const { witness, size } = await follow(card)
  const entries = [...first, await commitment(logSigner)]
  expect(await offer(witness, entries)).toEqual({ reserved: 'stored', lines: [WITNESS, MIRROR] })
  expect(size()).toBe(entries.length)
})

it('a log that says nothing of its index gets no mirror line: that line says that the index was computed', async () => {
  const { witness } = await follow(card)
  expect((await offer(witness, first)).lines).toEqual([WITNESS])
})

it('a commitment under another key than the log has gets none either', async () => {
  const { witness } = await follow(card)
  expect((await offer(witness, [...first, await commitment(signerOf())])).lines).toEqual([WITNESS])
})

it('a log whose genesis names another log key than its card is neither stored nor mirrored', async () => {
  const logKey = verifierKey(home.origin, ED25519_NOTE, signerOf().publicKey)
  const other = await parseCard(formatCard({ ...card, logKey }, home.signer), verifier)
  const { witness, size, grow } = await follow(other)
  const { reserved, lines } = await offer(witness, [...first, await commitment(logSigner)])
  expect({ reserved, isMirrored: lines.includes(MIRROR), size: size() }).toEqual({
    reserved: 'mismatch',
    isMirrored: false,
    size: 0,
  })
  // What a follower fetches is held against the card as well.
  expect(grow).toThrow('is not what its card says')
})

it('keys of witness and mirror may be replaced by a new card', async () => {
  const mirrorKey = verifierKey(card.mirrorKey.name, ED25519_COSIGNATURE, signerOf().publicKey)
  const { witness } = await follow(await parseCard(formatCard({ ...card, mirrorKey }, home.signer), verifier))
  expect((await offer(witness, [...first, await commitment(logSigner)])).lines).toEqual([WITNESS, MIRROR])
})

it('a card whose keys are not named like the log is refused: its operator could vouch for itself unseen', async () => {
  const mirrorKey = verifierKey('elsewhere.example/mirror', ED25519_COSIGNATURE, card.mirrorKey.publicKey)
  const read = parseCard(formatCard({ ...card, mirrorKey }, home.signer), verifier)
  await expect(read).rejects.toSatisfy((error) => isLedgerError(error, 'CARD_MALFORMED'))
})

it('a reservation that a later note of the log contradicts is remembered no more, also where it ends behind that note', async () => {
  const { witness, append, claims } = await follow(card)
  const { origin } = home
  const published = [...first, await commitment(logSigner)]
  expect((await offer(witness, published)).reserved).toBe('stored')

  const instance = new Uint8Array(randomBytes(16))
  const leavesOf = (entries: readonly Uint8Array[]): Frontier =>
    appendLeaves(
      EMPTY_FRONTIER,
      entries.map((entry) => leafHash(entry, sha256)),
      sha256,
    )
  const base = leavesOf(published)
  const one = datasetStatement(home, 'of one copy')
  const other = datasetStatement(home, 'of another copy')
  const reserve = async (entries: readonly Uint8Array[]): Promise<boolean> => {
    const tree = leavesOf([...published, ...entries])
    const head = { size: tree.size, root: frontierRoot(tree, sha256), start: base.size, frontier: base.hashes }
    return (await witness.reserve({ origin, instance, entries, ...head }, 'copy')).stored
  }
  const rememberedSize = async (): Promise<number | undefined> =>
    (await witness.claim(origin, instance, 'copy')).reservation?.size
  expect((await witness.claim(origin, instance, 'copy')).granted).toBe(false)
  claims.dropConnection('connection')
  expect((await witness.claim(origin, instance, 'copy')).granted).toBe(true)
  expect(await reserve([one, other])).toBe(true)
  expect(await rememberedSize()).toBe(base.size + 2)

  /** Hears of a note that another copy of the log has published meanwhile. */
  const hear = async (entry: Uint8Array): Promise<void> => {
    const leaves = [...published, entry].map((bytes) => leafHash(bytes, sha256))
    const size = leaves.length
    const root = treeRoot(leaves, sha256)
    const text = formatCheckpoint({ origin, size, root })
    const note = { text, signatures: [signCheckpoint({ origin, size, root }, origin, logSigner)] }
    const path = proveConsistency(createLeafHashReader(leaves, sha256), base.size, size, sha256)
    expect(await witness.observe(note, async () => ({ path, priorRoots: [] }))).toBe('advanced')
  }
  await hear(other)
  // Its entries are not here yet: nothing speaks against the reservation.
  expect(await rememberedSize()).toBe(base.size + 2)
  await append([other])
  expect(await rememberedSize()).toBeUndefined()
  expect(witness.reservedEntries(origin)).toBeUndefined()
})
