/** status/1: who a node is, which copy of it is running, and how far its list of heads has got. */
import { simpleExchange } from '../exchange.ts'
import { instanceId, originText, record, text, uint } from '../fields.ts'
import { protocol } from '../protocol.ts'
import type { Exchange } from '../exchange.ts'
import type { Codec } from '../fields.ts'

export interface NodeStatus {
  network: string
  version: string
  /** 16 random bytes, new at every start; also the epoch of `headSeq`. */
  instance: Uint8Array
  /** Counts changes of heads on this node since the start. */
  headSeq: number
  limits: { maxEntries: number; maxBytes: number }
  /** Unix seconds on that node's clock: shown to people, decides nothing. */
  now: number
  /** Origin of the node's own log. */
  origin: string
}

const nodeStatus: Codec<NodeStatus> = record<NodeStatus>({
  network: text(64),
  version: text(64),
  instance: instanceId,
  headSeq: uint(),
  limits: record<NodeStatus['limits']>({ maxEntries: uint(), maxBytes: uint() }),
  now: uint(),
  origin: originText,
})

/** Each side tells its own status. */
export const statusExchange: Exchange<NodeStatus, NodeStatus> = simpleExchange(
  protocol('status'),
  nodeStatus,
  nodeStatus,
)
