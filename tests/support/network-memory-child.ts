/**
 * A process with one host, whose memory the test watches. Talks over IPC: `rss` answers megabytes, `read` makes it ask a
 * peer for a long answer and take it slowly.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { isLedgerError } from '../../src/errors.ts'
import { startHost } from '../../src/network/host.ts'
import { MEMORY_BULK, MEMORY_SINK } from './network-memory-protocols.ts'

export type ChildRequest =
  { type: 'rss' } | { type: 'read'; address: string; frames: number; delayMs: number } | { type: 'stop' }
export type ChildAnswer =
  | { type: 'ready'; address: string }
  | { type: 'rss'; megabytes: number }
  | { type: 'read'; frames: number; code: string }

const host = await startHost({
  seed: new Uint8Array(randomBytes(32)),
  listen: ['/ip4/127.0.0.1/tcp/0'],
  networkId: 'memory',
  limits: { idleTimeoutMs: 60_000, bytesPerSecond: 1e12, byteBurst: 1e12 },
})
const page = encodeCbor([0, new Uint8Array(1 << 20)])
await host.handle(MEMORY_BULK, async function* () {
  // A fresh copy each time, as a store would give.
  for (let i = 0; i < 1_000; i++) yield new Uint8Array(page)
})
await host.handle(MEMORY_SINK, async (request) => [encodeCbor([0, request.frames.length])])

async function read(address: string, frames: number, delayMs: number): Promise<ChildAnswer> {
  let seen = 0
  try {
    const connection = await host.connect(address)
    for await (const frame of host.request(connection, MEMORY_BULK, [new Uint8Array([1])])) {
      if (frame.length > 0) seen++
      if (seen >= frames) return { type: 'read', frames: seen, code: 'ok' }
      await sleep(delayMs)
    }
    return { type: 'read', frames: seen, code: 'end' }
  } catch (error) {
    return { type: 'read', frames: seen, code: isLedgerError(error) ? error.code : String(error) }
  }
}

function send(answer: ChildAnswer): void {
  process.send?.(answer)
}

function rss(): ChildAnswer {
  globalThis.gc?.()
  return { type: 'rss', megabytes: process.memoryUsage().rss / (1 << 20) }
}

process.on('message', (request: ChildRequest) => {
  if (request.type === 'rss') send(rss())
  else if (request.type === 'read') void read(request.address, request.frames, request.delayMs).then(send)
  else void host.stop().then(() => process.disconnect())
})
send({ type: 'ready', address: String(host.addresses()[0]) })
