/**
 * Every cap and timeout of the peer-to-peer layer, in one table.
 *
 * Each queue, buffer and map in this folder is bounded by a value named here. Bytes are counted before they are stored.
 */

/** A request frame: one statement of 65,535 bytes and the CBOR around it. */
export const MAX_REQUEST_FRAME_BYTES: number = 65_536 + 1_024
/** A response frame: one page of entries (1 MiB) and the CBOR around it. */
export const MAX_RESPONSE_FRAME_BYTES: number = (1 << 20) + (64 << 10)
/** A whole response, unless its protocol says otherwise. */
export const MAX_RESPONSE_BYTES: number = 2 << 20
/** A whole multi-frame request (reserve, submit): a batch of entries and its description. */
export const MAX_BATCH_REQUEST_BYTES: number = (2 << 20) + (128 << 10)
/** A bundle of evidence, sent frame by frame. */
export const MAX_EVIDENCE_BYTES: number = 32 << 20
/** Most entries asked for, or sent, at a time: one tile of a tiled log. */
export const MAX_ENTRIES_PER_PAGE = 256
/** Most bytes of entries in one page. */
export const MAX_PAGE_BYTES: number = 1 << 20

export interface NetworkLimits {
  /** Open connections, both directions. */
  maxConnections: number
  /** Inbound connections of peers that are not configured; 0 admits configured peers only. */
  maxStrangers: number
  /** Dials accepted from one address in a second: members behind one address must all get in after a restart. */
  inboundConnectionsPerSecond: number
  maxPendingConnections: number
  /** Requests of one protocol served at once on one connection; the next one is answered `busy`. */
  maxInboundPerProtocol: number
  /** Requests served at once for one peer, over all protocols and connections. */
  maxInboundPerPeer: number
  /** Requests served at once for everybody. */
  maxInbound: number
  /** Requests of one protocol we keep outstanding on one connection; more wait here. */
  maxOutboundPerProtocol: number
  /** Requests waiting for such a turn, per connection and protocol; more are refused at once. */
  maxWaitingPerProtocol: number
  /** Longest wait for the first response frame. */
  firstFrameTimeoutMs: number
  /** Longest silence between two frames, in either direction. */
  idleTimeoutMs: number
  /** Longest life of a request. */
  totalTimeoutMs: number
  dialTimeoutMs: number
  /** Requests a peer may make in a second in the long run, and at once. */
  requestsPerSecond: number
  requestBurst: number
  /** Response bytes a peer may take in a second in the long run, and at once. */
  bytesPerSecond: number
  byteBurst: number
}

export const DEFAULT_LIMITS: NetworkLimits = {
  maxConnections: 128,
  maxStrangers: 64,
  inboundConnectionsPerSecond: 64,
  maxPendingConnections: 64,
  maxInboundPerProtocol: 4,
  maxInboundPerPeer: 16,
  maxInbound: 128,
  maxOutboundPerProtocol: 2,
  maxWaitingPerProtocol: 1_024,
  firstFrameTimeoutMs: 5_000,
  idleTimeoutMs: 10_000,
  totalTimeoutMs: 60_000,
  dialTimeoutMs: 10_000,
  requestsPerSecond: 1_000,
  requestBurst: 4_000,
  bytesPerSecond: 128 << 20,
  byteBurst: 256 << 20,
}
