/**
 * Wires the parts of a node on its ports: storage, network and protocol meet here and know only what they are given. The
 * ports are real ones for a node that people run (run.ts), and simulated ones in a simulation.
 */
import { dirname } from 'node:path'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '../encoding/bytes.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import type { Hash } from '../merkle/hash.ts'
import { encodeEquivocation, proveEquivocation } from '../note/equivocation.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { formatNote, parseNote } from '../note/note.ts'
import type { Host, HostOptions } from '../network/host.ts'
import { MAX_ENTRIES_PER_PAGE, MAX_PAGE_BYTES } from '../network/limits.ts'
import { logIdOf } from '../network/log-id.ts'
import { keepPeers } from '../network/peers.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { writeFileDurably } from '../storage/durable-file.ts'
import { type DiskSpace } from '../storage/disk-space.ts'
import { type HeadKeeper } from '../storage/head-file.ts'
import { openLogStore } from '../storage/log-store.ts'
import type { Store } from '../storage/store.ts'
import { TileCache } from '../storage/tile-cache.ts'
import { BlobStore } from '../storage/blob-store.ts'
import { serveBlobs } from './blobs.ts'
import { Admission } from './admission.ts'
import type { NodeApi } from './api.ts'
import { ClaimKeeper } from './claim-keeper.ts'
import { ClaimTable } from './claim-table.ts'
import { type Clock, systemClock } from './clock.ts'
import { DiskGuard } from './disk-guard.ts'
import { Follower } from './follower.ts'
import { ForkKeeper } from './fork-keeper.ts'
import { HeadSequence } from './heads.ts'
import { type NodeHome, nodeVerifierKeys } from './home.ts'
import { Intake } from './intake.ts'
import { KeyDirectory } from './key-directory.ts'
import { IndexFaults } from './index-faults.ts'
import { openLogIndex } from './log-growth.ts'
import { LogRegistry, type OpenedLog } from './log-registry.ts'
import { Membership } from './membership.ts'
import { nativeSha256, nativeSigner } from './native-crypto.ts'
import { News } from './news.ts'
import { LedgerNode } from './node-api.ts'
import { OperatorLink } from './operator-link.ts'
import { openLogToServe, openOwnToServe } from './open-to-serve.ts'
import { OwnLog, type OwnLogDependencies } from './own-log.ts'
import { fetchNotes, fetchNotesBeside } from './note-history.ts'
import { fetchOwnTail } from './own-tail.ts'
import { PeerNetworks } from './peer-networks.ts'
import type { NodeParts } from './parts.ts'
import { Queue } from './queue.ts'
import { Sequencer } from './sequencer.ts'
import { serveLogs } from './serve-logs.ts'
import { serveSubmit } from './serve-submit.ts'
import { serveWitness } from './serve-witness.ts'
import { StatementChecker } from './statement-checker.ts'
import { Witness } from './witness.ts'

/** Full tiles kept checked in memory, over all logs: 8 KiB each. */
const CACHED_TILES = 1024
const READ_ONLY =
  'READ-ONLY: it serves what it holds, and signs, takes and writes nothing until it is started without --read-only'

export interface NodeOptions {
  clock?: Clock
  /** Serve what is held and whole, but sign, accept and write nothing: also on a damaged home. */
  isReadOnly?: boolean
  /** How much space the disk of the home has; asked once a second. */
  measureDisk?: () => Promise<DiskSpace>
  /** Tells a person what happens, a line at a time. */
  onProgress?: (line: string) => void
}

/** Why a node ended; no error: it was asked to stop. */
export interface NodeEnd {
  error?: unknown
}

/** What a node stands on: its folder, its disk, its network, the time (options.clock). */
export interface NodePorts {
  home: NodeHome
  /** 16 bytes drawn at every start: which copy of the log this is. */
  instance: Uint8Array
  store: Store
  /** What a read-only node is known to lack already. */
  damages?: readonly LedgerError[]
  disk: DiskGuard
  head: HeadKeeper
  blobs: BlobStore
  startHost: (options: HostOptions) => Promise<Host>
  verifier: SignatureVerifier
}

export interface WiredNode {
  parts: NodeParts
  api: NodeApi
  stop(): Promise<void>
}

/** The node on its ports. Closing them is for whoever opened them, after `stop`. */
export async function wireNode(
  ports: NodePorts,
  options: NodeOptions,
  end: (how: NodeEnd) => void,
): Promise<WiredNode> {
  const { home, instance, store, disk, blobs, verifier } = ports
  const clock = options.clock ?? systemClock
  const progress = options.onProgress ?? ((): void => undefined)
  const { config } = home
  const isReadOnly = options.isReadOnly === true
  const damages = [...(ports.damages ?? [])]
  const onDamage = (damage: LedgerError): void => void damages.push(damage)
  const keys = new KeyDirectory(store)
  const checker = new StatementChecker(keys, verifier)
  const forks = await ForkKeeper.open(store, clock)
  const indexFaults = await IndexFaults.open(store, clock)
  const heads = new HeadSequence()
  const claims = new ClaimTable(clock)
  const logs = new LogRegistry()
  const tileCache = new TileCache(CACHED_TILES)
  const verifierKeys = nodeVerifierKeys(config, home.keys)
  const openLog = async (origin: string): Promise<OpenedLog> => {
    const publicKey = origin === config.origin ? verifierKeys.log.publicKey : undefined
    if (isReadOnly) return openLogToServe(store, origin, { tileCache, publicKey, onDamage })
    const log = await openLogStore(store, origin, { sha256: nativeSha256, tileCache })
    const index = await openLogIndex(store, log, {
      ...(publicKey === undefined ? {} : { publicKey }),
      onRebuild: (reason) => progress(`building the subject index of ${origin} anew: ${reason}`),
    })
    return { store: log, index }
  }

  const ownHeld = logs.add({
    origin: config.origin,
    name: config.name,
    logKey: verifierKeys.log,
    isOwn: true,
    ...(await openLog(config.origin)),
  })
  for (const { card } of home.peers) logs.follow(card, await openLog(card.origin))
  for (const log of logs.all()) heads.bump(log.origin)

  const admission = new Admission({
    config: config.admission,
    operatorParty: home.card.party,
    store,
    log: ownHeld,
    checker,
    clock,
  })
  const ownParts: OwnLogDependencies = {
    store,
    log: ownHeld,
    queue: await Queue.open(store),
    head: ports.head,
    signer: nativeSigner(home.keys.log),
    checker,
    keys,
    prepareExtra: (statements) => admission.prepareCounterparties(statements),
  }
  const own = isReadOnly ? await openOwnToServe(ownParts, onDamage) : await OwnLog.open(ownParts)
  const membership = await Membership.open(store)

  const host = await ports.startHost({
    seed: home.keys.transport,
    listen: config.listen,
    announce: config.announce,
    networkId: home.networkId,
    allow: home.peers.map(({ card }) => card.peerId),
  })
  const peers = keepPeers(host)
  const networks = new PeerNetworks({
    host,
    status: () => ({
      network: home.networkId,
      version: '1',
      instance,
      headSeq: heads.current,
      limits: { maxEntries: MAX_ENTRIES_PER_PAGE, maxBytes: MAX_PAGE_BYTES },
      now: clock.nowSeconds(),
      origin: config.origin,
    }),
    onOurs: (peerId) => void parts.news.ask(peerId),
    onOther: (peerId) => {
      for (const { id } of host.connections(peerId)) claims.dropConnection(id)
      parts.keeper.peerTurnedAway(peerId)
      const name = home.peers.find(({ card }) => card.peerId === peerId)?.card.name
      if (name !== undefined) progress(`OTHER NETWORK: the node of ${name} belongs to another one; see tally status`)
    },
  })

  const fatal = (error: unknown): void => end({ error })
  const parts: NodeParts = {
    home,
    store,
    blobs,
    clock,
    disk,
    instance,
    logs,
    forks,
    indexFaults,
    heads,
    claims,
    keys,
    checker,
    membership,
    own,
    host,
    peers,
    networks,
    openLog,
    witness: new Witness({
      store,
      logs,
      claims,
      forks,
      indexFaults,
      checker,
      clock,
      verifier,
      witness: { name: verifierKeys.witness.name, signer: nativeSigner(home.keys.witness) },
      mirror: { name: verifierKeys.mirror.name, signer: nativeSigner(home.keys.mirror) },
      onAdvance: (origin) => parts.follower.wake(origin),
    }),
    keeper: new ClaimKeeper({
      clock,
      onChange: () => parts.sequencer.wake(),
      onContested: ({ card }) =>
        progress(
          `another copy of this log is running, or this one was cut off a moment ago: ${card.name} still answers to it; if it goes on, this copy ends after 90 s, and nothing is lost`,
        ),
      onAnotherCopy: () => {
        fatal(
          new LedgerError('ANOTHER_COPY', `another copy of the log ${config.origin} is running`, {
            hint: 'stop one of them; this copy has signed nothing and nothing is lost',
          }),
        )
      },
    }),
    // Replaced right below: these four need the parts above.
    follower: undefined as never,
    sequencer: undefined as never,
    intake: undefined as never,
    news: undefined as never,
    failures: new Map(),
    state: isReadOnly ? readOnlyState(damages) : { name: 'STARTING' },
  }
  parts.follower = new Follower({
    store,
    logs,
    checker,
    host,
    clock,
    verifier,
    witnessKey: verifierKeys.witness,
    disk,
    witness: parts.witness,
    onProgress: (origin) => {
      parts.failures.delete(origin)
      heads.bump(origin)
    },
    onFailure: (origin, error) => {
      parts.failures.set(origin, error instanceof Error ? error.message : String(error))
      if (isStorageFailure(error)) fatal(error)
    },
  })
  parts.news = new News({
    host,
    networks,
    logs,
    forks,
    indexFaults,
    clock,
    follower: parts.follower,
    verifier,
    intervalMs: config.antiEntropySeconds * 1000,
  })
  parts.sequencer = new Sequencer({
    clock,
    own,
    membership,
    keeper: parts.keeper,
    verifier,
    fetchOwnTail: (link, { size, root }) =>
      fetchOwnTail(host, link.card.peerId, { origin: config.origin, base: own.tree.frontier, size, root }),
    onRecovered: async () => {
      const peerIds = [...new Set(host.connections().map((connection) => connection.peerId))]
      const { size } = own.head
      const witnesses = logs.all().flatMap(({ card }) => card?.witnessKey ?? [])
      const options = { host, store, verifier, witnesses, signRoot: (root: Hash) => own.signRoot(root) }
      // This one is waited for: when the head is published again, its note would be of a later date.
      await fetchNotes(ownHeld, { from: size, to: size }, peerIds, options)
      fetchNotesBeside(ownHeld, { from: 1, to: size - 1 }, peerIds, options)
    },
    onPublished: (size, note) => {
      heads.bump(config.origin)
      void parts.news.announce(config.origin, formatNote(note))
      parts.api?.published(size)
    },
    onState: (state, reason) => {
      if (parts.state.name !== state) progress(reason === undefined ? state : `${state}: ${reason}`)
      parts.state = reason === undefined ? { name: state } : { name: state, reason }
    },
    onForked: (note) => keepOwnFork(parts, note),
    onFatal: fatal,
  })
  parts.intake = new Intake({
    store,
    own,
    admission,
    disk,
    sequencer: parts.sequencer,
    backlog: config.backlog,
    onFatal: fatal,
  })
  const api = new LedgerNode(parts, isReadOnly)
  parts.api = api

  forks.onFork((record) => {
    progress(`FORK: ${record.origin} has signed two histories; it is frozen here at ${record.size}, the proof is kept`)
    void keepProofFile(home, record.origin, 'proof', record.proof)
    if (record.origin === config.origin) parts.sequencer.enterForked()
  })
  indexFaults.onFault(({ origin, size, evidence }) => {
    void keepProofFile(home, origin, 'index', evidence)
    progress(`WRONG INDEX: ${origin} committed to a root at ${size} that its entries do not give; the proof is kept`)
  })
  if (forks.isFrozen(config.origin)) parts.sequencer.enterForked()

  const stopListening = host.onConnection(({ type, connection }) => {
    if (type === 'open') {
      // One that does not tell its network is asked for news all the same.
      void networks.ask(connection.peerId).then(() => parts.news.ask(connection.peerId))
      return
    }
    if (host.connections(connection.peerId).length === 0) networks.forget(connection.peerId)
    claims.dropConnection(connection.id)
    parts.keeper.connectionClosed(connection.id)
  })
  await serveLogs({
    host,
    logs,
    forks,
    indexFaults,
    heads,
    instance,
    servedSize: (log) => (log.isOwn ? own.head.size : log.store.size),
  })
  await networks.serve()
  await serveWitness({ host, witness: parts.witness, claims, logs, disk, networks, isReadOnly })
  await serveSubmit(host, api)
  await serveBlobs(host, blobs)

  if (isReadOnly) {
    // Neither hears anything from now on, and so nothing is fetched or recorded.
    parts.news.stop()
    await parts.follower.stop()
  } else {
    for (const { card } of home.peers) parts.keeper.add(new OperatorLink(card, host, config.origin, instance, networks))
    parts.keeper.start()
    parts.sequencer.start()
    parts.news.start()
  }
  peers.configure(home.peers.map((peer) => ({ peerId: peer.card.peerId, addresses: peer.addresses })))
  disk.start()
  const heartbeat = setInterval(() => void api.heartbeat(), config.heartbeatSeconds * 1000)

  return {
    parts,
    api,
    async stop() {
      clearInterval(heartbeat)
      await disk.stop()
      stopListening()
      parts.news.stop()
      await indexFaults.stop()
      peers.stop()
      await parts.sequencer.stop()
      await parts.follower.stop()
      await parts.keeper.stop()
      await host.stop()
    },
  }
}

/** DAMAGED says what a person has to do; without damage, a new start without --read-only is all. */
function readOnlyState(damages: readonly LedgerError[]): NodeParts['state'] {
  if (damages.length === 0) return { name: 'STARTING', reason: READ_ONLY }
  const found = damages.map(({ message }) => message).join('; ')
  return {
    name: 'DAMAGED',
    reason: `READ-ONLY: what is whole is served, and nothing is signed, taken or written. Damaged: ${found}`,
  }
}

async function keepOwnFork(parts: NodeParts, theirNote: Uint8Array): Promise<void> {
  const { own, forks } = parts
  const theirs = parseNote(theirNote)
  const ours = own.newestPublished()
  const proposal = ours === undefined ? undefined : parseNote(ours.note)
  // A proof needs the tree of the larger note: where that is theirs, only who holds its entries can give one.
  if (proposal === undefined || parseCheckpoint(theirs.text).size > own.publishedSize) return
  const proof = proveEquivocation(theirs, proposal, own.tree.hashReader())
  if (proof !== undefined)
    await forks.freeze(parts.home.config.origin, encodeEquivocation(proof), own.publishedSize, own.publishedSize)
}

/** A copy of the proof of a fork, or of a wrong index, as a file of its own, for a person to hand on; the store keeps the one that counts. */
async function keepProofFile(home: NodeHome, origin: string, of: 'proof' | 'index', proof: Uint8Array): Promise<void> {
  const path = join(home.paths.forks, `${toHex(logIdOf(origin)).slice(0, 32)}.${of}`)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFileDurably(path, proof)
}

function isStorageFailure(error: unknown): boolean {
  return (
    isLedgerError(error, 'STORE_FAILED') || isLedgerError(error, 'STORE_CORRUPT') || isLedgerError(error, 'DISK_FULL')
  )
}
