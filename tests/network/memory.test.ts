import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { until } from '../support/network-codes.ts'
import { END_OF_MESSAGE, encodeFrame } from '../../src/network/frame.ts'
import { MEMORY_BULK, MEMORY_SINK } from '../support/network-memory-protocols.ts'
import { startRawPeer } from '../support/network-raw-peer.ts'
import type { ChildProcess } from 'node:child_process'
import type { ChildAnswer, ChildRequest } from '../support/network-memory-child.ts'
import type { RawPeer } from '../support/network-raw-peer.ts'
import type { Stream } from '@libp2p/interface'

const MOST_GROWTH_MEGABYTES = 64

const children: ChildProcess[] = []
const raws: RawPeer[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await Promise.all(raws.splice(0).map(async (raw) => raw.stop()))
})

interface Child {
  address: string
  call(request: ChildRequest): Promise<ChildAnswer>
  megabytes(): Promise<number>
}

async function startChild(): Promise<Child> {
  const script = new URL('../support/network-memory-child.ts', import.meta.url)
  const child = fork(script, { execArgv: ['--expose-gc'] })
  children.push(child)
  const [ready] = (await once(child, 'message')) as [ChildAnswer]
  const call = async (request: ChildRequest): Promise<ChildAnswer> => {
    const answered = once(child, 'message') as Promise<[ChildAnswer]>
    child.send(request)
    const [answer] = await answered
    return answer
  }
  return {
    address: ready.type === 'ready' ? ready.address : '',
    call,
    megabytes: async () => {
      const answer = await call({ type: 'rss' })
      return answer.type === 'rss' ? answer.megabytes : Infinity
    },
  }
}

async function rawPeer(): Promise<RawPeer> {
  const raw = await startRawPeer()
  raws.push(raw)
  return raw
}

/** One ordinary answer first: code and buffers that every use needs are no growth. */
async function warm(child: Child, raw: RawPeer): Promise<number> {
  const stream = await raw.open(child.address, MEMORY_BULK.id)
  let received = 0
  stream.addEventListener('message', (event) => {
    received += event.data.byteLength
  })
  stream.send(concatBytes(encodeFrame(new Uint8Array([1])), END_OF_MESSAGE))
  await until(() => received >= 64 << 20)
  stream.abort(new Error('enough'))
  await sleep(200)
  return child.megabytes()
}

describe('memory', () => {
  test('does not grow when a peer asks for long answers on many streams and reads none', async () => {
    const child = await startChild()
    const raw = await rawPeer()
    const before = await warm(child, raw)
    const streams: Stream[] = []
    for (let i = 0; i < 8; i++) {
      const stream = await raw.open(child.address, MEMORY_BULK.id)
      stream.send(concatBytes(encodeFrame(new Uint8Array([1])), END_OF_MESSAGE))
      stream.pause()
      streams.push(stream)
    }
    await sleep(1_500)
    expect(streams.some((stream) => stream.status === 'open')).toBe(true)
    expect((await child.megabytes()) - before).toBeLessThan(MOST_GROWTH_MEGABYTES)
  })

  test('does not grow when a peer sends without end and never reads', async () => {
    const child = await startChild()
    const raw = await rawPeer()
    const before = await warm(child, raw)
    const chunk = concatBytes(...Array.from({ length: 16 }, () => encodeFrame(new Uint8Array(60_000))))
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 4; i++) {
        const stream = await raw.open(child.address, MEMORY_SINK.id).catch(() => undefined)
        for (let k = 0; k < 4; k++) if (stream?.writeStatus === 'writable') stream.send(chunk)
      }
      await sleep(30)
    }
    expect((await child.megabytes()) - before).toBeLessThan(MOST_GROWTH_MEGABYTES)
  })

  test('does not grow when a peer answers faster than we read, and the stream survives', async () => {
    const child = await startChild()
    const raw = await rawPeer()
    const before = await warm(child, raw)
    const page = concatBytes(...Array.from({ length: 8 }, () => encodeFrame(encodeCbor([0, new Uint8Array(120_000)]))))
    await raw.node.handle(MEMORY_BULK.id, async (stream) => {
      for (let i = 0; i < 200 && stream.writeStatus === 'writable'; i++) {
        stream.send(page)
        while (stream.writeBufferLength > 8 << 20 && stream.writeStatus === 'writable') await sleep(5)
      }
    })
    const reading = child.call({ type: 'read', address: raw.address(), frames: 300, delayMs: 5 })
    expect(await reading).toEqual({ type: 'read', frames: 300, code: 'ok' })
    expect((await child.megabytes()) - before).toBeLessThan(MOST_GROWTH_MEGABYTES)
  })
})
