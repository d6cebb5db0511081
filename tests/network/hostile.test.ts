import { readFileSync, readdirSync } from 'node:fs'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { END_OF_MESSAGE, encodeFrame } from '../../src/network/frame.ts'
import { FrameReader } from '../../src/network/frame-reader.ts'
import { serve } from '../../src/network/exchange.ts'
import { MAX_RESPONSE_FRAME_BYTES } from '../../src/network/limits.ts'
import { reserveExchange } from '../../src/network/messages/reserve.ts'
import { statusExchange } from '../../src/network/messages/status.ts'
import { protocol } from '../../src/network/protocol.ts'
import { readRefusal } from '../../src/network/refusal.ts'
import { codeOf, until } from '../support/network-codes.ts'
import { addressOf, testHosts } from '../support/network-hosts.ts'
import { startRawPeer } from '../support/network-raw-peer.ts'
import { mutate } from '../support/mutate.ts'
import { seeded } from '../support/seeded.ts'
import type { Connection } from '../../src/network/connection.ts'
import type { Host } from '../../src/network/host.ts'
import type { NetworkLimits } from '../../src/network/limits.ts'
import type { RawPeer } from '../support/network-raw-peer.ts'
import type { Stream } from '@libp2p/interface'
import { requestAll } from '../support/request-all.ts'

const MUTATIONS = Number(process.env['TALLYSTICK_NETWORK_MUTATIONS'] ?? 10_000)
const MUTATED_FRAMES_PER_REQUEST = 20

const hosts = testHosts()
const raws: RawPeer[] = []
afterEach(async () => {
  await hosts.stopAll()
  await Promise.all(raws.splice(0).map(async (raw) => raw.stop()))
})

async function rawPeer(): Promise<RawPeer> {
  const raw = await startRawPeer()
  raws.push(raw)
  return raw
}

const ECHO = protocol('echo')
const ANSWER = encodeCbor([0, 1])

/** A raw peer that answers every request of ECHO's id as `behave` does, and our host connected to it. */
async function againstServer(
  behave: (stream: Stream) => Promise<void> | void,
  limits: Partial<NetworkLimits> = {},
): Promise<{ host: Host; connection: Connection }> {
  const raw = await rawPeer()
  await raw.node.handle(ECHO.id, async (stream) => {
    await behave(stream)
  })
  const host = await hosts.start({ limits })
  return { host, connection: await host.connect(raw.address()) }
}

/** The first refusal in what our host answered. */
async function refusalKind(stream: Stream): Promise<string | undefined> {
  const limits = { maxFrameBytes: MAX_RESPONSE_FRAME_BYTES, maxTotalBytes: MAX_RESPONSE_FRAME_BYTES }
  const reader = new FrameReader(stream, limits, new AbortController().signal)
  const frame = await reader.read(5_000)
  return frame === undefined ? undefined : readRefusal(frame)?.kind
}

describe('a hostile answering peer', () => {
  test.each<[string, (stream: Stream) => Promise<void> | void, string]>([
    ['that resets the stream', (stream) => stream.abort(new Error('no')), 'PEER_UNREACHABLE'],
    ['that closes without an answer', async (stream) => stream.close(), 'PEER_UNREACHABLE'],
    [
      'that leaves out the end of the message',
      async (stream) => {
        stream.send(encodeFrame(ANSWER))
        await stream.close()
      },
      'PEER_UNREACHABLE',
    ],
    [
      'that stops inside a frame',
      async (stream) => {
        stream.send(encodeFrame(ANSWER).subarray(0, 2))
        await stream.close()
      },
      'PEER_UNREACHABLE',
    ],
    [
      'that announces a frame of 200 MiB',
      (stream) => void stream.send(new Uint8Array([0x80, 0x80, 0x80, 0x64])),
      'FRAME_TOO_LARGE',
    ],
    [
      'that sends a length in a longer spelling',
      (stream) => void stream.send(new Uint8Array([0x80, 0x00])),
      'FRAME_MALFORMED',
    ],
    [
      'that sends frames of noise',
      (stream) => void stream.send(encodeFrame(new Uint8Array(100).fill(0xff))),
      'PEER_MISBEHAVED',
    ],
    ['that never answers', () => undefined, 'PEER_TIMEOUT'],
    [
      'that stalls between two frames',
      (stream) => {
        stream.send(encodeFrame(ANSWER))
      },
      'PEER_TIMEOUT',
    ],
  ])('%s ends the request with the right code', async (_name, behave, code) => {
    const { host, connection } = await againstServer(behave, { firstFrameTimeoutMs: 400, idleTimeoutMs: 400 })
    expect(await codeOf(requestAll(host, connection, ECHO, [new Uint8Array([1])]))).toBe(code)
    expect(connection.isOpen).toBe(true)
  })

  test('that sends one byte at a time is stopped by the total time', async () => {
    const { host, connection } = await againstServer(async (stream) => {
      for (const byte of encodeFrame(new Uint8Array(1_000))) {
        if (stream.status !== 'open') return
        stream.send(new Uint8Array([byte]))
        await sleep(5)
      }
    })
    expect(await codeOf(requestAll(host, connection, ECHO, [new Uint8Array([1])], { timeoutMs: 300 }))).toBe(
      'PEER_TIMEOUT',
    )
  })

  test('that never reads ends a large request with PEER_TIMEOUT', async () => {
    const large = protocol('echo', { maxRequestBytes: 64 << 20 })
    const { host, connection } = await againstServer((stream) => stream.pause(), {
      idleTimeoutMs: 300,
      firstFrameTimeoutMs: 20_000,
    })
    let taken = 0
    const frames = function* (): Generator<Uint8Array, void, undefined> {
      for (; taken < 1_000; taken++) yield new Uint8Array(60_000)
    }
    expect(await codeOf(requestAll(host, connection, large, frames(), { timeoutMs: 1_500 }))).toBe('PEER_TIMEOUT')
    // The peer's window and one frame, not the whole request, were taken from the caller.
    expect(taken).toBeLessThan(100)
  })
})

describe('a hostile asking peer', () => {
  test('that announces an oversize frame is refused from the length alone', async () => {
    const host = await hosts.start()
    let calls = 0
    await host.handle(ECHO, async () => {
      calls++
      return [ANSWER]
    })
    const raw = await rawPeer()
    const stream = await raw.open(addressOf(host), ECHO.id)
    stream.send(new Uint8Array([0xff, 0xff, 0xff, 0x7f]))
    expect(await refusalKind(stream)).toBe('invalid')
    expect(calls).toBe(0)
  })

  test('that sends more frames than a request may have is refused', async () => {
    const host = await hosts.start()
    await serve(host, reserveExchange, () => ({ stored: true }))
    const raw = await rawPeer()
    const stream = await raw.open(addressOf(host), reserveExchange.protocol.id)
    const answered = refusalKind(stream)
    for (let i = 0; i < 60; i++) stream.send(encodeFrame(new Uint8Array(60_000)))
    expect(await answered).toBe('invalid')
  })

  test('that begins a request and waits is let go, and its slot is free again', async () => {
    const host = await hosts.start({ limits: { idleTimeoutMs: 300, maxInboundPerProtocol: 1 } })
    await host.handle(ECHO, async () => [ANSWER])
    const raw = await rawPeer()
    const slow = await raw.open(addressOf(host), ECHO.id)
    slow.send(new Uint8Array([5, 1]))
    expect(await refusalKind(slow)).toBe('error')
    const good = await raw.open(addressOf(host), ECHO.id)
    good.send(concatBytes(encodeFrame(ANSWER), END_OF_MESSAGE))
    expect(await refusalKind(good)).toBeUndefined()
  })

  test('that closes before the end of its request never reaches the handler', async () => {
    const host = await hosts.start()
    let calls = 0
    await host.handle(ECHO, async () => {
      calls++
      return [ANSWER]
    })
    const raw = await rawPeer()
    for (const bytes of [new Uint8Array(0), encodeFrame(ANSWER), encodeFrame(ANSWER).subarray(0, 2)]) {
      const stream = await raw.open(addressOf(host), ECHO.id)
      if (bytes.length > 0) stream.send(bytes)
      await stream.close()
      if (stream.status === 'open') await once(stream, 'close')
    }
    expect(calls).toBe(0)
  })

  test('that opens more streams than allowed gets busy, then resets, and others are served', async () => {
    const host = await hosts.start()
    let running = 0
    await host.handle(ECHO, async (_request, from) => {
      running++
      if (!from.signal.aborted) await once(from.signal, 'abort')
      return [ANSWER]
    })
    await host.handle(protocol('other'), async () => [ANSWER])
    const raw = await rawPeer()
    const streams: Stream[] = []
    for (let i = 0; i < 12; i++) {
      const stream = await raw.open(addressOf(host), ECHO.id)
      if (stream.status === 'open') stream.send(concatBytes(encodeFrame(ANSWER), END_OF_MESSAGE))
      streams.push(stream)
    }
    expect(await until(() => running === 4)).toBe(true)
    const [fifth] = streams.slice(4)
    expect(fifth === undefined ? 'none' : await refusalKind(fifth)).toBe('busy')
    const asking = await hosts.start()
    const connection = await asking.connect(addressOf(host))
    expect(await codeOf(requestAll(asking, connection, protocol('other'), [ANSWER]))).toBe('ok')
    expect(running).toBe(4)
  })

  test(`that sends ${MUTATIONS} mutated frames crashes nothing`, async () => {
    const host = await hosts.start({ limits: { requestBurst: 1e9, maxInboundPerProtocol: 4 } })
    await serve(host, statusExchange, (status) => status)
    await serve(host, reserveExchange, () => ({ stored: true }))
    const raw = await rawPeer()
    const address = addressOf(host)
    const frames = [
      ...reserveExchange.encodeRequest(sampleReserve()),
      ...statusExchange.encodeRequest(sampleStatus()),
    ].map(encodeFrame)
    const random = seeded(20_251_124)
    for (let sent = 0; sent < MUTATIONS;) {
      const parts: Uint8Array[] = []
      for (let i = 0; i < MUTATED_FRAMES_PER_REQUEST; i++, sent++) parts.push(mutate(frames, random))
      const stream = await raw
        .open(address, sent % 2 === 0 ? reserveExchange.protocol.id : statusExchange.protocol.id)
        .catch(() => undefined)
      if (stream === undefined) continue
      const ended = new Promise<void>((resolve) => {
        stream.addEventListener('end', () => resolve())
        stream.addEventListener('close', () => resolve())
      })
      stream.addEventListener('message', () => undefined)
      stream.send(concatBytes(...parts, END_OF_MESSAGE))
      await stream.close().catch(() => undefined)
      await ended
    }
    const asking = await hosts.start()
    const connection = await asking.connect(address)
    const [good] = statusExchange.encodeRequest(sampleStatus())
    expect(
      await codeOf(requestAll(asking, connection, statusExchange.protocol, good === undefined ? [] : [good])),
    ).toBe('ok')
  }, 120_000)
})

describe('streams', () => {
  test('are never iterated raw, nor read by helpers that do not pause', () => {
    const folder = new URL('../../src/network/', import.meta.url)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
    expect(files.length).toBeGreaterThan(20)
    for (const name of files) {
      const source = readFileSync(new URL(name, folder), 'utf8')
      expect(source, name).not.toMatch(/for await \([^)]*\bof\s+(?:\w+\.)*(?:raw)?[sS]tream\b/)
      expect(source, name).not.toMatch(/\b(?:lpStream|byteStream|pbStream|onDrain)\s*\(/)
      expect(source, name).not.toMatch(/process\.on\(|from '@libp2p\/utils'/)
      if (name !== 'security.ts') expect(source, name).not.toMatch(/libp2p-noise/)
    }
  })
})

function sampleStatus(): Parameters<typeof statusExchange.encodeRequest>[0] {
  return {
    network: 'n',
    version: '1',
    instance: new Uint8Array(16),
    headSeq: 1,
    limits: { maxEntries: 1, maxBytes: 1 },
    now: 1,
    origin: 'example.org/log',
  }
}

function sampleReserve(): Parameters<typeof reserveExchange.encodeRequest>[0] {
  const root = new Uint8Array(32).fill(1)
  const entries = [new Uint8Array(40).fill(2), new Uint8Array(300).fill(3)]
  return { origin: 'example.org/log', instance: new Uint8Array(16), size: 2, root, start: 0, frontier: [root], entries }
}
