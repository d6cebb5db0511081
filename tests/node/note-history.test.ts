/** Whoever holds a log late learns when its earlier entries were witnessed, from peers that cannot make it up. */
import { randomBytes } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import type { CidText } from '../../src/encoding/cid.ts'
import { decodeBundle } from '../../src/evidence/bundle.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { serve } from '../../src/network/exchange.ts'
import type { Host } from '../../src/network/host.ts'
import { notesExchange, type PublishedNote } from '../../src/network/messages/notes.ts'
import type { HeldLog } from '../../src/node/log-registry.ts'
import { nativeSha256 as sha256, nativeSigner, nativeVerifier as verifier } from '../../src/node/native-crypto.ts'
import { fetchNotes } from '../../src/node/note-history.ts'
import { runNode } from '../../src/node/run.ts'
import { formatCheckpoint, parseCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import { formatNote, type NoteSignature, parseNote } from '../../src/note/note.ts'
import { ED25519_COSIGNATURE, ED25519_NOTE, verifierKey } from '../../src/note/verifier-key.ts'
import { decodeStatement } from '../../src/statement/envelope.ts'
import { rootSignatureInput } from '../../src/statement/receipt.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { loseStore } from '../support/lose-store.ts'
import { connectHosts, testHosts } from '../support/network-hosts.ts'
import {
  datasetStatement,
  eventually,
  isProtected,
  startTestNetwork,
  type TestNetwork,
  type TestNode,
} from '../support/node-network.ts'

const ORIGIN = 'one.example/log'
const WITNESS = 'two.example/witness'
const logSigner = nativeSigner(new Uint8Array(randomBytes(32)))
const witnessSigner = nativeSigner(new Uint8Array(randomBytes(32)))
const strangerSigner = nativeSigner(new Uint8Array(randomBytes(32)))
const hosts = testHosts()
let network: TestNetwork | undefined
afterEach(async () => {
  await hosts.stopAll()
  await network?.stop()
  network = undefined
})

/** A log of 30 entries without a note. */
async function copyWithoutNotes(): Promise<{ log: HeldLog; store: MemoryStore }> {
  const store = new MemoryStore()
  const log = await openLogStore(store, ORIGIN, { sha256 })
  const entries = Array.from({ length: 30 }, (_, i) => new TextEncoder().encode(`entry ${i}`))
  const append = log.prepareAppend(entries.map((bytes) => ({ bytes, leafHash: leafHash(bytes, sha256) })))
  await store.commit(append.operations)
  log.applied(append)
  const held = { origin: ORIGIN, logKey: verifierKey(ORIGIN, ED25519_NOTE, logSigner.publicKey), store: log }
  return { log: held as unknown as HeldLog, store }
}

const TIME = 1_790_000_000
const ALL = { from: 1, to: 30 }
const dated = (text: string, signer = witnessSigner): NoteSignature => cosign(text, WITNESS, TIME, signer)

/** A peer that serves these notes, two at a time. */
async function peerWith(asking: Host, notes: ReadonlyMap<number, PublishedNote>): Promise<string> {
  const host = await hosts.start()
  await serve(host, notesExchange, ({ from, to }) => {
    const sizes = [...notes.keys()].filter((size) => size >= from && size <= to).toSorted((a, b) => a - b)
    const found = sizes.slice(0, 2).flatMap((size) => notes.get(size) ?? [])
    return { notes: found, next: sizes[2] ?? to + 1 }
  })
  await connectHosts(asking, host)
  return host.peerId
}

it('is kept only where the log signed it, it is of this tree, and a known witness dated it', async () => {
  const { log, store } = await copyWithoutNotes()
  const asking = await hosts.start()
  const witnesses = [
    verifierKey(WITNESS, ED25519_COSIGNATURE, witnessSigner.publicKey),
    verifierKey(`${ORIGIN}/witness`, ED25519_COSIGNATURE, strangerSigner.publicKey),
  ]
  const noteOf = (size: number, root = log.store.rootAt(Math.min(size, 30))): string =>
    formatCheckpoint({ origin: ORIGIN, size, root })
  const signed = (text: string, ...lines: NoteSignature[]): PublishedNote => {
    const line = signCheckpoint(parseCheckpoint(text), ORIGIN, logSigner)
    return { note: formatNote({ text, signatures: [line, ...lines] }) }
  }
  const rootSig = (size: number): Uint8Array =>
    logSigner.sign(rootSignatureInput(ORIGIN, logSigner.publicKey, log.store.rootAt(size)))

  const made = (size: number, note: PublishedNote): ReadonlyMap<number, PublishedNote> => new Map([[size, note]])
  const unsigned = formatNote({ text: noteOf(5), signatures: [dated(noteOf(5))] })
  const other = formatCheckpoint({ origin: 'other.example/log', size: 5, root: log.store.rootAt(5) })
  const lies = [
    made(5, { note: unsigned }),
    made(5, signed(noteOf(5, log.store.rootAt(6)), dated(noteOf(5, log.store.rootAt(6))))),
    made(5, signed(noteOf(5))),
    made(5, signed(noteOf(5), dated(noteOf(6)))),
    made(5, signed(noteOf(5), cosign(noteOf(5), `${ORIGIN}/witness`, TIME, strangerSigner))),
    made(5, signed(noteOf(5), dated(noteOf(5), strangerSigner))),
    made(30, signed(noteOf(31), dated(noteOf(31)))),
    made(5, { note: new TextEncoder().encode('no note') }),
    made(5, {
      note: formatNote({
        text: other,
        signatures: [signCheckpoint(parseCheckpoint(other), 'other.example/log', logSigner), dated(other)],
      }),
    }),
  ]
  const liars: string[] = []
  for (const lie of lies) liars.push(await peerWith(asking, lie))
  await fetchNotes(log, ALL, liars, { host: asking, store, verifier, witnesses })
  expect(log.store.notes.sizes).toEqual([])

  const sizes = [3, 7, 12, 19, 30]
  const honest = new Map(
    sizes.map((size) => [
      size,
      { ...signed(noteOf(size), dated(noteOf(size))), rootSig: rootSig(size === 7 ? 3 : size) },
    ]),
  )
  const peer = await peerWith(asking, honest)
  await fetchNotes(log, ALL, [...liars, peer], { host: asking, store, verifier, witnesses })
  expect(log.store.notes.sizes).toEqual(sizes)
  expect(log.store.notes.noteAt(12)).toEqual(honest.get(12)?.note)
  expect(log.store.notes.rootSignatureAt(12)).toEqual(rootSig(12))
  // One that does not fit its root makes no receipt.
  expect(log.store.notes.rootSignatureAt(7)).toBeUndefined()
  expect(parseNote(log.store.notes.noteAt(7) ?? new Uint8Array(0)).text).toBe(noteOf(7))
})

it('is not asked for again and again of a peer that says it has more and sends the same', async () => {
  const { log, store } = await copyWithoutNotes()
  const asking = await hosts.start()
  const text = formatCheckpoint({ origin: ORIGIN, size: 5, root: log.store.rootAt(5) })
  const line = signCheckpoint(parseCheckpoint(text), ORIGIN, logSigner)
  const note = formatNote({ text, signatures: [line, dated(text)] })
  const host = await hosts.start()
  let asked = 0
  await serve(host, notesExchange, ({ from }) => {
    asked++
    return { notes: [{ note }], next: from + 1 }
  })
  await connectHosts(asking, host)
  const witnesses = [verifierKey(WITNESS, ED25519_COSIGNATURE, witnessSigner.publicKey)]
  await fetchNotes(log, { from: 5, to: 30 }, [host.peerId], { host: asking, store, verifier, witnesses })
  expect(asked).toBe(2)
  expect(log.store.notes.sizes).toEqual([5])
})

/** Sizes of which a node has notes, as its evidence about a statement shows them. */
async function notedSizes({ node }: TestNode, origin: string, use: CidText): Promise<Set<number>> {
  const { logs } = decodeBundle(await node.api.collect({ question: { use }, form: 'whole' }), sha256)
  const notes = logs.find((log) => log.origin === origin)?.notes ?? []
  return new Set(notes.map(({ note }) => parseCheckpoint(parseNote(note.data ?? new Uint8Array(0)).text).size))
}

it('comes to a node that follows a log anew', async () => {
  network = await startTestNetwork(['owner', 'second', 'late'])
  const [owner, second, late] = network.nodes as [TestNode, TestNode, TestNode]
  const ids: CidText[] = []
  for (let i = 0; i < 4; i++) {
    const bytes = datasetStatement(owner, `dated ${i}`)
    ids.push(decodeStatement(bytes).id)
    await owner.node.api.submit(bytes, { wait: 'witnessed', timeoutMs: 15_000 })
  }
  const size = ({ node }: TestNode): number =>
    node.api.status().logs.find(({ origin }) => origin === owner.origin)?.size ?? 0
  await eventually(() => size(second) === size(owner) && size(late) === size(owner))
  await late.node.stop()
  await loseStore(late)
  late.node = await runNode(late.home)
  await eventually(() => isProtected(late.node, 2) && size(late) === size(owner), 40_000)
  const [first] = ids
  if (first === undefined) throw new Error('nothing was submitted')
  const sizes = [...(await notedSizes(second, owner.origin, first))].slice(-4)
  expect(sizes).toHaveLength(4)
  const isThere = async (): Promise<boolean> => {
    const there = await notedSizes(late, owner.origin, first)
    return sizes.every((noted) => there.has(noted))
  }
  const deadline = performance.now() + 20_000
  while (!(await isThere())) {
    expect(performance.now(), 'they do not come').toBeLessThan(deadline)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}, 90_000)
