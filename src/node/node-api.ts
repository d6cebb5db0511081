/** Answers the operator and the issuers of a running node: the control socket and submit/1 end here. */
import { toHex } from '../encoding/bytes.ts'
import { type CidText, digestOf } from '../encoding/cid.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { encodeEntryBundle, TILE_WIDTH, type TileId } from '../merkle/tile.ts'
import { cosignatureTimestamp } from '../note/cosignature.ts'
import { parseNote } from '../note/note.ts'
import { decodeStatement, type Statement } from '../statement/envelope.ts'
import { references } from '../statement/references.ts'
import type { EvidenceRequest } from '../evidence/evidence-request.ts'
import type {
  ListedStatement,
  LogStatus,
  NodeApi,
  NodeStatus,
  PeerStatus,
  StatementFilter,
  StatementReceipt,
  SubmitOptions,
  SubmitResult,
} from './api.ts'
import { fetchBlob } from './blobs.ts'
import { isGenesisOf } from './card.ts'
import { type CardLine, formatCardLine, parseCardLine } from './card-line.ts'
import { collectEvidence } from './collect.ts'
import { removePeerCard, writeNetworkId, writePeerCard } from './home.ts'
import { formatInvitation, parseInvitation } from './invitation.ts'
import type { HeldLog } from './log-registry.ts'
import { nativeVerifier } from './native-crypto.ts'
import { answerFromIndex, snapshotOf, type IndexQuestion } from './index-proofs.ts'
import { OperatorLink } from './operator-link.ts'
import type { NodeParts } from './parts.ts'
import { readReceiptOf } from './receipts.ts'
import { refusedBy } from './serve-submit.ts'
import { readFlag } from './statement-checker.ts'
import { trustFileOf } from './trust-file.ts'

const LIST_PAGE_BYTES = 1 << 20
const LIST_PAGE_ENTRIES = 256
const MAX_LISTED = 10_000

/** A home holds its own card without an address: what people pass on is the line that the running node prints. */
const NO_ADDRESS = 'no address is known for it: add the card again that `tally peer card` prints there'

export class LedgerNode implements NodeApi {
  private readonly parts: NodeParts
  private readonly isReadOnly: boolean
  /** Submitters that wait for a receipt, by statement. */
  private readonly waiters = new Map<CidText, (() => void)[]>()

  constructor(parts: NodeParts, isReadOnly: boolean) {
    this.parts = parts
    this.isReadOnly = isReadOnly
  }

  status(): NodeStatus {
    const { home, own, keeper, sequencer, host, state } = this.parts
    const { m, q } = sequencer.quorum()
    const status: NodeStatus = {
      name: home.config.name,
      origin: home.config.origin,
      party: home.card.party,
      peerId: host.peerId,
      networkId: home.networkId,
      addresses: host.addresses(),
      state: state.name,
      size: own.tree.size,
      publishedSize: own.publishedSize,
      queued: own.queue.size,
      operators: m,
      quorum: q,
      claims: keeper.live().length,
      disk: this.parts.disk.status,
      logs: this.parts.logs.all().map((log) => this.logStatus(log)),
      peers: this.peerStatuses(),
    }
    if (state.reason !== undefined) status.reason = state.reason
    const witnessedAt = newestCosignature(this.readCheckpoint(home.config.origin))
    if (witnessedAt !== undefined) status.witnessedAt = witnessedAt
    return status
  }

  async submit(statement: Uint8Array, options: SubmitOptions): Promise<SubmitResult> {
    const { sequencer, intake, home } = this.parts
    try {
      if (this.isReadOnly || sequencer.currentState === 'FORKED') throw takesNothing()
      const { id, isNew } = await intake.submit(statement)
      // What was only just written cannot be witnessed yet; whoever does not wait need not look.
      const receipt =
        (isNew && options.wait === 'logged' ? undefined : this.readReceipt(id)) ??
        (options.wait === 'witnessed' ? await this.waitForReceipt(id, options.timeoutMs) : undefined)
      return receipt === undefined
        ? { state: 'logged', id, origin: home.config.origin }
        : { state: 'witnessed', ...receipt }
    } catch (error) {
      const refused = refusedBy(error)
      if (refused === undefined) throw error
      return refused
    }
  }

  /** A checkpoint was published: those whose statements it covers have their receipts. */
  published(size: number): void {
    for (const [id, resolvers] of this.waiters) {
      const index = this.parts.own.tree.indexOf(digestOf(id))
      if (index === undefined || index >= size) continue
      this.waiters.delete(id)
      for (const resolve of resolvers) resolve()
    }
  }

  readStatement(id: CidText): { bytes: Uint8Array; origin: string; index: number } | undefined {
    for (const log of this.parts.logs.all()) {
      const index = log.store.indexOf(digestOf(id))
      if (index !== undefined) return { bytes: log.store.readEntry(index), origin: log.origin, index }
    }
    return undefined
  }

  async *listStatements(filter: StatementFilter): AsyncIterable<ListedStatement> {
    const logs = filter.origin === undefined ? this.parts.logs.all() : [this.parts.logs.require(filter.origin)]
    let left = Math.min(filter.limit ?? MAX_LISTED, MAX_LISTED)
    for (const log of logs) {
      let index = filter.fromIndex ?? 0
      while (index < log.store.size && left > 0) {
        for (const bytes of log.store.readEntries(index, LIST_PAGE_ENTRIES, LIST_PAGE_BYTES)) {
          const statement = decodeOrUndefined(bytes)
          if (statement !== undefined && left > 0 && matches(statement, filter)) {
            left--
            yield this.listed(log, index, statement)
          }
          index++
        }
        // A long log must not hold up the event loop.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  readReceipt(id: CidText): StatementReceipt | undefined {
    return readReceiptOf(this.parts.own.log, id)
  }

  readCheckpoint(origin: string): Uint8Array | undefined {
    const notes = this.parts.logs.get(origin)?.store.notes
    const newest = notes?.newestSize()
    if (notes === undefined || newest === undefined) return undefined
    const latest = notes.latest()
    return latest !== undefined && latest.size === newest ? latest.note : notes.noteAt(newest)
  }

  proveSubjects(origin: string, question: IndexQuestion): Uint8Array {
    return answerFromIndex(this.parts.logs.require(origin), question)
  }

  snapshotIndex(origin: string): AsyncIterable<Uint8Array> {
    return snapshotOf(this.parts.logs.require(origin))
  }

  readTile(origin: string, tile: TileId): Uint8Array | undefined {
    return absentAsUndefined(() => this.parts.logs.get(origin)?.store.readTile(tile))
  }

  readEntryBundle(origin: string, index: number, width: number): Uint8Array | undefined {
    const log = this.parts.logs.get(origin)
    if (log === undefined || index * TILE_WIDTH + width > log.store.size) return undefined
    const start = index * TILE_WIDTH
    return encodeEntryBundle(Array.from({ length: width }, (_, i) => log.store.readEntry(start + i)))
  }

  async addPeer(line: string): Promise<PeerStatus> {
    this.assertPeersMayChange()
    return this.addCard(await parseCardLine(line, nativeVerifier))
  }

  private async addCard({ card, cardText, addresses }: CardLine): Promise<PeerStatus> {
    const { home, logs, keeper, host, instance, networks, openLog } = this.parts
    if (card.origin === home.config.origin) throw new LedgerError('CONFLICT', 'this is the card of this very node')
    const known = logs.get(card.origin)
    if (known?.card !== undefined && known.card.party !== card.party) {
      throw new LedgerError('CONFLICT', `${card.origin} is already followed as the log of another party`, {
        hint: 'remove it first: tally peer remove',
      })
    }
    const opened = known === undefined ? await openLog(card.origin) : undefined
    if (opened !== undefined && opened.store.size > 0 && !isGenesisOf(card, opened.store.readEntry(0)))
      throw new LedgerError('CONFLICT', `the log ${card.origin} held here began with other keys than this card names`)
    await writePeerCard(home.paths, card.origin, formatCardLine(cardText, addresses))
    if (opened !== undefined) logs.follow(card, opened)
    home.peers = [...home.peers.filter((peer) => peer.card.origin !== card.origin), { card, cardText, addresses }]
    this.reconfigurePeers()
    if (known === undefined) this.parts.news.startOver()
    if (known === undefined) keeper.add(new OperatorLink(card, host, home.config.origin, instance, networks))
    return this.peerStatus(card.origin)
  }

  async removePeer(origin: string): Promise<void> {
    this.assertPeersMayChange()
    const { home, logs, keeper, membership } = this.parts
    if (logs.get(origin)?.card === undefined) throw new LedgerError('NOT_FOUND', `${origin} is not a peer of this node`)
    await removePeerCard(home.paths, origin)
    home.peers = home.peers.filter(({ card }) => card.origin !== origin)
    keeper.remove(origin)
    await membership.remove(origin)
    logs.remove(origin)
    this.reconfigurePeers()
  }

  card(): string {
    return formatCardLine(this.parts.home.cardText, this.parts.host.addresses())
  }

  invitation(): string {
    const { home } = this.parts
    const cards = [this.card(), ...home.peers.map(({ cardText, addresses }) => formatCardLine(cardText, addresses))]
    return formatInvitation({ networkId: home.networkId, cards, policy: this.policy() })
  }

  async join(text: string): Promise<string> {
    this.assertPeersMayChange()
    const { home } = this.parts
    const invitation = parseInvitation(text)
    const lines = await Promise.all(invitation.cards.map((card) => parseCardLine(card, nativeVerifier)))
    if (invitation.networkId !== home.networkId) {
      // Operators that the invitation names too are those it asks to work with.
      const invited = new Set(lines.map(({ card }) => card.origin))
      if (home.peers.some(({ card }) => !invited.has(card.origin))) {
        throw new LedgerError('CONFLICT', 'this node belongs to another network already', {
          hint: 'a node is part of one network; use a new home for another, or remove the operators that the invitation does not name',
        })
      }
      await writeNetworkId(home.paths, invitation.networkId)
      home.networkId = invitation.networkId
      // Before its peers are connected, which then learn that this node listens.
      this.parts.host.moveTo(invitation.networkId)
      this.parts.networks.startOver()
    }
    for (const line of lines) if (line.card.origin !== home.config.origin) await this.addCard(line)
    return this.card()
  }

  policy(): string {
    const { home } = this.parts
    return trustFileOf([home.card, ...home.peers.map(({ card }) => card)])
  }

  async putBlob(bytes: Uint8Array): Promise<CidText> {
    if (this.isReadOnly) throw takesNothing()
    this.parts.disk.assertTaken()
    return this.parts.blobs.put(bytes)
  }

  async readBlob(id: CidText): Promise<Uint8Array | undefined> {
    return (await this.parts.blobs.read(id)) ?? fetchBlob(this.parts.host, id)
  }

  async listBlobs(): Promise<{ id: CidText; bytes: number }[]> {
    return this.parts.blobs.list()
  }

  async eraseBlob(id: CidText): Promise<boolean> {
    return this.parts.blobs.erase(id)
  }

  async collect(request: EvidenceRequest): Promise<Uint8Array> {
    return collectEvidence(this.parts, request)
  }

  async heartbeat(): Promise<void> {
    // Its sequencer does not run, and would never answer.
    if (this.isReadOnly) return
    await this.parts.sequencer.heartbeat()
  }

  async unfreeze(origin: string): Promise<void> {
    await this.parts.forks.lift(origin)
    this.parts.follower.wake(origin)
  }

  /** Who counts as a witness is part of what a read-only node leaves as it found it. */
  private assertPeersMayChange(): void {
    if (!this.isReadOnly) return
    throw new LedgerError('NOT_READY', 'this node is read-only and changes no peers', {
      hint: 'nothing was changed; start it without --read-only first',
    })
  }

  private reconfigurePeers(): void {
    const { home, peers } = this.parts
    peers.configure(home.peers.map(({ card, addresses }) => ({ peerId: card.peerId, addresses })))
  }

  private async waitForReceipt(id: CidText, timeoutMs: number): Promise<StatementReceipt | undefined> {
    await new Promise<void>((resolve) => {
      // Sockets hold the process while the node runs; after its end nobody is left to be answered.
      const timer = setTimeout(resolve, timeoutMs).unref()
      const settle = (): void => {
        clearTimeout(timer)
        resolve()
      }
      this.waiters.set(id, [...(this.waiters.get(id) ?? []), settle])
      // It may have been published between submitting and waiting.
      if (this.readReceipt(id) !== undefined) settle()
    })
    return this.readReceipt(id)
  }

  private logStatus(log: HeldLog): LogStatus {
    const { forks, indexFaults, witness } = this.parts
    const status: LogStatus = {
      origin: log.origin,
      name: log.name,
      isOwn: log.isOwn,
      size: log.store.size,
      seenSize: Math.max(log.store.size, witness.newest(log.origin)?.checkpoint.size ?? 0),
      root: toHex(log.store.root()),
      cosigners: cosignersOf(this.readCheckpoint(log.origin), log),
      invalidStatements: 0,
    }
    const fork = forks.find(log.origin)
    if (fork !== undefined && !fork.isLifted)
      status.fork = { size: fork.size, otherSize: fork.otherSize, detectedAt: fork.detectedAt }
    const fault = indexFaults.find(log.origin)
    if (fault !== undefined) status.wrongIndex = { size: fault.size, detectedAt: fault.detectedAt }
    return status
  }

  private peerStatuses(): PeerStatus[] {
    return this.parts.home.peers.map(({ card }) => this.peerStatus(card.origin))
  }

  private peerStatus(origin: string): PeerStatus {
    const { home, host, membership, keeper, peers, networks, failures } = this.parts
    const peer = home.peers.find(({ card }) => card.origin === origin)
    if (peer === undefined) throw new LedgerError('NOT_FOUND', `${origin} is not a peer of this node`)
    const link = keeper.all().find((candidate) => candidate.card.origin === origin)
    const status: PeerStatus = {
      name: peer.card.name,
      origin,
      peerId: peer.card.peerId,
      isConnected: host.connections(peer.card.peerId).length > 0,
      isCounted: membership.isCounted(origin),
      holdsClaim: link?.holdsClaim === true,
    }
    const otherNetwork = networks.otherNetworkOf(peer.card.peerId)
    if (otherNetwork !== undefined) {
      status.otherNetwork = otherNetwork
      status.lastError = 'OTHER_NETWORK: its node belongs to another network'
      return status
    }
    const isUnknownPlace = peer.addresses.length === 0 && !status.isConnected
    const lastError = isUnknownPlace
      ? NO_ADDRESS
      : (link?.lastError ?? peers.lastError(peer.card.peerId) ?? failures.get(origin))
    if (lastError !== undefined) status.lastError = lastError
    return status
  }

  private listed(log: HeldLog, index: number, statement: Statement): ListedStatement {
    const flag = readFlag(this.parts.store, log.origin, index)
    const isSignatureValid = flag === undefined ? true : flag === 'bad-signature' ? false : undefined
    return {
      id: statement.id,
      origin: log.origin,
      index,
      kind: statement.kind,
      kindName: statement.kindName ?? statement.contentType,
      iss: statement.iss,
      isSignatureValid,
      bytes: statement.bytes,
    }
  }
}

function takesNothing(): LedgerError {
  return new LedgerError('NOT_READY', 'this node is read-only and takes no statements and files', {
    hint: 'nothing was recorded; submit to another node',
  })
}

function matches(statement: Statement, filter: StatementFilter): boolean {
  if (filter.kind !== undefined && statement.kind !== filter.kind) return false
  if (filter.about === undefined || statement.iss === filter.about || statement.id === filter.about) return true
  return references(statement).some(
    ({ subject }) => (typeof subject === 'string' ? subject : toHex(subject)) === filter.about,
  )
}

function decodeOrUndefined(bytes: Uint8Array): Statement | undefined {
  try {
    return decodeStatement(bytes)
  } catch {
    return undefined
  }
}

function absentAsUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isLedgerError(error, 'NOT_FOUND') || isLedgerError(error, 'TREE_RANGE')) return undefined
    throw error
  }
}

function cosignersOf(note: Uint8Array | undefined, log: HeldLog): string[] {
  if (note === undefined) return []
  return parseNote(note)
    .signatures.map(({ name }) => name)
    .filter((name) => name !== log.logKey.name)
}

function newestCosignature(note: Uint8Array | undefined): number | undefined {
  if (note === undefined) return undefined
  const times = parseNote(note)
    .signatures.filter(({ signature }) => signature.length === 72)
    .map((line) => cosignatureTimestamp(line))
  return times.length === 0 ? undefined : Math.max(...times)
}
