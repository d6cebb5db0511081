/** Protocols of the memory tests: an endless answer, and a request that is only counted. */
import { protocol } from '../../src/network/protocol.ts'
import type { Protocol } from '../../src/network/protocol.ts'

export const MEMORY_BULK: Protocol = protocol('memory-bulk', { maxResponseBytes: 4 * 2 ** 30 })
export const MEMORY_SINK: Protocol = protocol('memory-sink')
