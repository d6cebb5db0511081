/**
 * What a running node offers to the people and programs on its own machine: the control socket serves exactly this,
 * and the command line asks for nothing else.
 */
import type { CidText } from '../encoding/cid.ts'
import type { Hash } from '../merkle/hash.ts'
import type { TileId } from '../merkle/tile.ts'
import type { EvidenceRequest } from '../evidence/evidence-request.ts'
import type { IndexQuestion } from './index-proofs.ts'

/**
 * WAITING: fewer claims than the quorum, statements queue. RECOVERING: fetching its own tail. READY: signs.
 * DAMAGED, FORKED: read-only until a person acts. See docs/protocol.md, "Start".
 */
export type NodeState = 'STARTING' | 'WAITING' | 'RECOVERING' | 'READY' | 'DAMAGED' | 'FORKED' | 'STOPPED'

export interface NodeStatus {
  name: string
  origin: string
  party: CidText
  peerId: string
  /** Of the network this node is part of. */
  networkId: string
  addresses: string[]
  state: NodeState
  /** One sentence for a person when state is not READY; begins with READ-ONLY where the node was started so. */
  reason?: string
  /** Entries in the tree, and of the newest published checkpoint. */
  size: number
  publishedSize: number
  /** Unix seconds of the newest cosignature quorum, undefined while unwitnessed. */
  witnessedAt?: number
  queued: number
  /** m, q and how many operators hold a claim of ours now. */
  operators: number
  quorum: number
  claims: number
  disk: DiskStatus
  logs: LogStatus[]
  peers: PeerStatus[]
}

/** The disk that holds the home. What a node takes on each level: disk-guard.ts. */
export interface DiskStatus {
  freeBytes: number
  /** The limit below which no statements are taken. */
  leastFreeBytes: number
  level: 'enough' | 'low' | 'scarce'
  /** The ballast was given up, and there is no room for it yet. */
  isBallastReleased: boolean
}

export interface LogStatus {
  origin: string
  name: string
  isOwn: boolean
  /** Entries held here, and the largest log-signed size seen. */
  size: number
  seenSize: number
  root: string
  cosigners: string[]
  /** Set when a fork of this log was proved: the log is frozen at this size, nothing was deleted. */
  fork?: { size: number; otherSize: number; detectedAt: number }
  /** Set when this log committed to an index root that its entries do not give, under the checkpoint of this size. */
  wrongIndex?: { size: number; detectedAt: number }
  invalidStatements: number
}

export interface PeerStatus {
  name: string
  origin: string
  peerId: string
  isConnected: boolean
  /** It stores our newest published note, so it counts for the quorum. */
  isCounted: boolean
  holdsClaim: boolean
  /** The id of its network, where that is another than ours: nothing is taken from it. */
  otherNetwork?: string
  /** Begins with a code where there is one. */
  lastError?: string
}

export interface SubmitOptions {
  /** `logged`: durable here, receipt follows. `witnessed`: wait for the receipt, up to timeoutMs. */
  wait: 'logged' | 'witnessed'
  timeoutMs: number
}

export type SubmitResult =
  | { state: 'logged'; id: CidText; origin: string }
  | ({ state: 'witnessed' } & StatementReceipt)
  | { state: 'refused'; id?: CidText; code: string; message: string; hint?: string }

/** A receipt with everything needed to check it offline: COSE receipt bytes, the quorum note, the inclusion path. */
export interface StatementReceipt {
  id: CidText
  origin: string
  index: number
  size: number
  receipt: Uint8Array
  note: Uint8Array
  path: Hash[]
}

export interface StatementFilter {
  origin?: string
  kind?: number
  /** Only statements that refer to this CID or were issued by this party. */
  about?: string
  fromIndex?: number
  limit?: number
}

export interface ListedStatement {
  id: CidText
  origin: string
  index: number
  kind: number | undefined
  kindName: string
  iss: string
  /** False where the signature does not verify: kept as a leaf, of no effect. Undefined where the issuer's key is unknown. */
  isSignatureValid: boolean | undefined
  bytes: Uint8Array
}

export interface NodeApi {
  status(): NodeStatus
  submit(statement: Uint8Array, options: SubmitOptions): Promise<SubmitResult>
  readStatement(id: CidText): { bytes: Uint8Array; origin: string; index: number } | undefined
  listStatements(filter: StatementFilter): AsyncIterable<ListedStatement>
  readReceipt(id: CidText): StatementReceipt | undefined
  /** Newest published note of a followed or own log. */
  readCheckpoint(origin: string): Uint8Array | undefined
  /**
   * What a log says about subjects, as index evidence at its newest published size.
   *
   * @throws LedgerError UNKNOWN_LOG, NOT_FOUND, NOT_READY, USAGE, BUNDLE_LIMIT
   */
  proveSubjects(origin: string, question: IndexQuestion): Uint8Array
  /** Every record of the index of a log, as a snapshot (subject-index/snapshot.ts). @throws LedgerError as proveSubjects */
  snapshotIndex(origin: string): AsyncIterable<Uint8Array>
  readTile(origin: string, tile: TileId): Uint8Array | undefined
  readEntryBundle(origin: string, index: number, width: number): Uint8Array | undefined
  /** This and the two below: @throws LedgerError NOT_READY when read-only; CARD_MALFORMED, CONFLICT */
  addPeer(card: string): Promise<PeerStatus>
  removePeer(origin: string): Promise<void>
  card(): string
  /** One string with the network id, the known cards and the policy. */
  invitation(): string
  /** Adds what an invitation names; returns the own card to send back. */
  join(invitation: string): Promise<string>
  /** The trust file this node would hand to a verifier: every known witness, quorum q, mirrors group. */
  policy(): string
  /** Stores a blob and serves it to others. @throws LedgerError BLOB_TOO_LARGE, DISK_LOW; NOT_READY when read-only */
  putBlob(bytes: Uint8Array): Promise<CidText>
  /** From here, else from whoever is connected; undefined when nobody has it. */
  readBlob(id: CidText): Promise<Uint8Array | undefined>
  listBlobs(): Promise<{ id: CidText; bytes: number }[]>
  /** Only here. Whether it was held. */
  eraseBlob(id: CidText): Promise<boolean>
  /** The evidence for a question as CAR bytes. @throws LedgerError NOT_FOUND, BUNDLE_LIMIT */
  collect(request: EvidenceRequest): Promise<Uint8Array>
  /** Asks the witnesses to cosign the newest checkpoint again, with the present time. */
  heartbeat(): Promise<void>
  /** Lifts a freeze after a person looked at the evidence; the proof is kept. */
  unfreeze(origin: string): Promise<void>
}
