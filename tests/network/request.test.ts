import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { codeOf, until } from '../support/network-codes.ts'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { LedgerError } from '../../src/errors.ts'
import { MAX_REQUEST_FRAME_BYTES, MAX_RESPONSE_FRAME_BYTES } from '../../src/network/limits.ts'
import { protocol } from '../../src/network/protocol.ts'
import { refusalError, refusalOf } from '../../src/network/refusal.ts'
import { addressOf, connectHosts, testHosts } from '../support/network-hosts.ts'
import type { Connection } from '../../src/network/connection.ts'
import type { Host, HostOptions } from '../../src/network/host.ts'
import type { Refusal } from '../../src/network/refusal.ts'
import { requestAll } from '../support/request-all.ts'

const hosts = testHosts()
afterEach(async () => hosts.stopAll())

const ECHO = protocol('echo')
const HANG = protocol('hang')
const ONE = [new Uint8Array([7])]

function answer(...values: (Uint8Array | number)[]): Uint8Array[] {
  return values.map((value) => encodeCbor([0, value]))
}

async function pair(
  options: Partial<HostOptions> = {},
): Promise<{ asking: Host; serving: Host; connection: Connection }> {
  const serving = await hosts.start(options)
  const asking = await hosts.start(options)
  return { asking, serving, connection: await connectHosts(asking, serving) }
}

/** A handler that waits until its request is ended, and how many wait. */
function hangingHandler(): {
  handler: (request: unknown, from: { signal: AbortSignal }) => Promise<Uint8Array[]>
  started: () => number
  ended: () => number
} {
  let started = 0
  let ended = 0
  return {
    handler: async (_request, from) => {
      started++
      if (!from.signal.aborted) await once(from.signal, 'abort')
      ended++
      throw new LedgerError('PEER_UNREACHABLE', 'gone')
    },
    started: () => started,
    ended: () => ended,
  }
}

describe('a request', () => {
  test('carries its frames there and the answer back', async () => {
    const { asking, serving, connection } = await pair()
    await serving.handle(ECHO, async (request) => answer(...request.frames))
    const frames = await requestAll(asking, connection, ECHO, [new Uint8Array(60_000).fill(1)])
    expect(frames).toEqual(answer(new Uint8Array(60_000).fill(1)))
    expect(await requestAll(asking, serving.peerId, ECHO, [])).toEqual([])
  })

  test('takes a frame at the limits, and is refused one byte above', async () => {
    const { asking, serving, connection } = await pair()
    const large = protocol('large')
    await serving.handle(large, async (request) => answer(request.frames[0]?.length ?? 0))
    expect(await requestAll(asking, connection, large, [new Uint8Array(MAX_REQUEST_FRAME_BYTES)])).toEqual(
      answer(MAX_REQUEST_FRAME_BYTES),
    )
    const failure = await requestAll(asking, connection, large, [new Uint8Array(MAX_REQUEST_FRAME_BYTES + 1)]).catch(
      (error: unknown) => error,
    )
    expect(refusalOf(failure)?.kind).toBe('invalid')
  })

  test('answered beyond the limit of a frame or of the whole fails with FRAME_TOO_LARGE', async () => {
    const { asking, serving, connection } = await pair()
    await serving.handle(ECHO, async () => [encodeCbor([0, new Uint8Array(MAX_RESPONSE_FRAME_BYTES)])])
    expect(await codeOf(requestAll(asking, connection, ECHO, ONE))).toBe('FRAME_TOO_LARGE')
    const many = protocol('many')
    await serving.handle(many, async () => answer(...Array.from({ length: 5 }, () => new Uint8Array(500_000))))
    expect(await codeOf(requestAll(asking, connection, many, ONE))).toBe('FRAME_TOO_LARGE')
  })

  test.each<[Refusal, string]>([
    [{ kind: 'invalid', message: 'bad' }, 'PEER_REFUSED'],
    [{ kind: 'error', message: 'broken' }, 'PEER_REFUSED'],
    [{ kind: 'not-available' }, 'NOT_FOUND'],
    [{ kind: 'not-available', minIndex: 4_096 }, 'NOT_FOUND'],
    [{ kind: 'busy', retryAfterMs: 1_500 }, 'PEER_BUSY'],
    [{ kind: 'forked', proof: new Uint8Array([1, 2]) }, 'FORKED'],
    [{ kind: 'denied', message: 'no' }, 'PEER_REFUSED'],
  ])('refused with %j says so and keeps the detail', async (refusal, code) => {
    const { asking, serving, connection } = await pair()
    await serving.handle(ECHO, async () => {
      throw refusalError(refusal)
    })
    const failure = await requestAll(asking, connection, ECHO, ONE).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'LedgerError', code })
    expect(refusalOf(failure)).toEqual(refusal)
  })

  test('whose handler throws is answered error without the message, and the next one works', async () => {
    const { asking, serving, connection } = await pair()
    let calls = 0
    await serving.handle(ECHO, async (request) => {
      if (calls++ === 0) throw new Error('secret path /home/x')
      return answer(...request.frames)
    })
    const failure = await requestAll(asking, connection, ECHO, ONE).catch((error: unknown) => error)
    expect(refusalOf(failure)).toEqual({ kind: 'error', message: 'internal error' })
    expect(await requestAll(asking, connection, ECHO, ONE)).toEqual(answer(...ONE))
  })

  test('whose handler fails after some frames ends with the refusal, not as a whole answer', async () => {
    const { asking, serving, connection } = await pair()
    await serving.handle(ECHO, async function* () {
      yield* answer(1, 2)
      throw new LedgerError('STORE_FAILED', 'disk')
    })
    const seen: Uint8Array[] = []
    const reading = (async () => {
      for await (const frame of asking.request(connection, ECHO, ONE)) seen.push(frame)
    })()
    expect(await codeOf(reading)).toBe('PEER_REFUSED')
    expect(seen).toEqual(answer(1, 2))
  })

  test('for an unknown protocol is refused', async () => {
    const { asking, connection } = await pair()
    expect(await codeOf(requestAll(asking, connection, protocol('nothing'), ONE))).toBe('PEER_REFUSED')
  })

  test('to a peer without a connection is PEER_UNREACHABLE', async () => {
    const lonely = await hosts.start()
    expect(await codeOf(requestAll(lonely, '12D3KooWnobody', ECHO, ONE))).toBe('PEER_UNREACHABLE')
  })

  test('is pinned to its connection: another one to the same peer does not serve it', async () => {
    const { asking, serving, connection } = await pair()
    await serving.handle(ECHO, async (_request, from) => answer(Number(from.connection.id.slice(1))))
    const back = await connectHosts(serving, asking)
    expect(back.peerId).toBe(asking.peerId)
    const [first] = await requestAll(asking, connection, ECHO, ONE)
    expect(await requestAll(asking, connection, ECHO, ONE)).toEqual([first])
    await asking.disconnect(connection)
    expect(await codeOf(requestAll(asking, connection, ECHO, ONE))).toBe('PEER_UNREACHABLE')
    const again = await connectHosts(asking, serving)
    expect(again.id).not.toBe(connection.id)
    expect(await requestAll(asking, again, ECHO, ONE)).not.toEqual([first])
    expect(await codeOf(requestAll(asking, connection, ECHO, ONE))).toBe('PEER_UNREACHABLE')
  })

  test('without an answer ends with PEER_TIMEOUT, and the handler is told', async () => {
    const { asking, serving, connection } = await pair({ limits: { firstFrameTimeoutMs: 150 } })
    const hanging = hangingHandler()
    await serving.handle(HANG, hanging.handler)
    expect(await codeOf(requestAll(asking, connection, HANG, ONE))).toBe('PEER_TIMEOUT')
    expect(
      await codeOf(
        requestAll(asking, connection, protocol('hang', { firstFrameTimeoutMs: 20_000 }), ONE, { timeoutMs: 150 }),
      ),
    ).toBe('PEER_TIMEOUT')
    expect(await until(() => hanging.ended() === 2)).toBe(true)
  })

  test('ends when its caller aborts', async () => {
    const { asking, serving, connection } = await pair()
    const hanging = hangingHandler()
    await serving.handle(HANG, hanging.handler)
    const controller = new AbortController()
    const pending = codeOf(requestAll(asking, connection, HANG, ONE, { signal: controller.signal }))
    expect(await until(() => hanging.started() === 1)).toBe(true)
    controller.abort(new LedgerError('NOT_READY', 'no longer wanted'))
    expect(await pending).toBe('NOT_READY')
    expect(await until(() => hanging.ended() === 1)).toBe(true)
  })

  test('ends with PEER_UNREACHABLE when either side closes the connection', async () => {
    const { asking, serving, connection } = await pair()
    const hanging = hangingHandler()
    await serving.handle(HANG, hanging.handler)
    const pending = codeOf(requestAll(asking, connection, HANG, ONE))
    expect(await until(() => hanging.started() === 1)).toBe(true)
    const [theirs] = serving.connections(asking.peerId)
    if (theirs !== undefined) await serving.disconnect(theirs)
    expect(await pending).toBe('PEER_UNREACHABLE')
    expect(await until(() => !connection.isOpen)).toBe(true)
    const again = await connectHosts(asking, serving)
    const second = codeOf(requestAll(asking, again, HANG, ONE))
    expect(await until(() => hanging.started() === 2)).toBe(true)
    await asking.disconnect(again)
    expect(await second).toBe('PEER_UNREACHABLE')
    expect(await until(() => hanging.ended() === 2)).toBe(true)
  })

  test('left by its reader in the middle frees the stream', async () => {
    const { asking, serving, connection } = await pair()
    let isReturned = false
    await serving.handle(ECHO, async function* () {
      try {
        for (;;) yield encodeCbor([0, new Uint8Array(1_000)])
      } finally {
        isReturned = true
      }
    })
    for (let i = 0; i < 6; i++) {
      for await (const frame of asking.request(connection, ECHO, ONE)) {
        expect(frame.length).toBeGreaterThan(1_000)
        break
      }
    }
    expect(await until(() => isReturned)).toBe(true)
  })
})

describe('many requests at once', () => {
  test('of one protocol take turns of two, and all are answered', async () => {
    const { asking, serving, connection } = await pair()
    let active = 0
    let most = 0
    await serving.handle(ECHO, async (request) => {
      most = Math.max(most, ++active)
      await sleep(2)
      active--
      return answer(...request.frames)
    })
    const all = await Promise.all(Array.from({ length: 50 }, async () => requestAll(asking, connection, ECHO, ONE)))
    expect(all).toHaveLength(50)
    expect(most).toBe(2)
  })

  test('above four on a connection and protocol are answered busy; when one ends there is room again', async () => {
    const { asking, serving, connection } = await pair({ limits: { maxOutboundPerProtocol: 16 } })
    const hanging = hangingHandler()
    await serving.handle(HANG, hanging.handler)
    const controllers = Array.from({ length: 4 }, () => new AbortController())
    const pending = controllers.map(async ({ signal }) => codeOf(requestAll(asking, connection, HANG, ONE, { signal })))
    expect(await until(() => hanging.started() === 4)).toBe(true)
    const failure = await requestAll(asking, connection, HANG, ONE).catch((error: unknown) => error)
    expect(refusalOf(failure)?.kind).toBe('busy')
    controllers[0]?.abort(new LedgerError('NOT_READY', 'enough'))
    expect(await until(() => hanging.ended() === 1)).toBe(true)
    const fifth = codeOf(requestAll(asking, connection, HANG, ONE))
    expect(await until(() => hanging.started() === 5)).toBe(true)
    for (const controller of controllers) controller.abort(new LedgerError('NOT_READY', 'enough'))
    await asking.disconnect(connection)
    expect(await Promise.all(pending)).toEqual(['NOT_READY', 'NOT_READY', 'NOT_READY', 'NOT_READY'])
    expect(await fifth).toBe('PEER_UNREACHABLE')
  })

  test("above a peer's rate are answered busy with a time, and the connection stays", async () => {
    const { asking, serving, connection } = await pair({ limits: { requestsPerSecond: 0.1, requestBurst: 3 } })
    await serving.handle(ECHO, async (request) => answer(...request.frames))
    const codes: unknown[] = []
    for (let i = 0; i < 5; i++) codes.push(await codeOf(requestAll(asking, connection, ECHO, ONE)))
    expect(codes).toEqual(['ok', 'ok', 'ok', 'PEER_BUSY', 'PEER_BUSY'])
    expect(connection.isOpen).toBe(true)
  })
})

describe('stopping', () => {
  test('ends requests on both sides, and more than once does no harm', async () => {
    const { asking, serving, connection } = await pair()
    const hanging = hangingHandler()
    await serving.handle(HANG, hanging.handler)
    const pending = codeOf(requestAll(asking, connection, HANG, ONE))
    expect(await until(() => hanging.started() === 1)).toBe(true)
    await Promise.all([serving.stop(), serving.stop()])
    expect(await pending).toBe('PEER_UNREACHABLE')
    expect(hanging.ended()).toBe(1)
    expect(await codeOf(serving.connect(addressOf(asking)))).toBe('PEER_UNREACHABLE')
    await asking.stop()
    expect(await codeOf(requestAll(asking, connection, HANG, ONE))).toBe('PEER_UNREACHABLE')
  })

  test('while a long answer is sent never makes the part look whole', async () => {
    const { asking, serving, connection } = await pair()
    await serving.handle(ECHO, async function* () {
      for (;;) {
        yield encodeCbor([0, 1])
        await sleep(1)
      }
    })
    let count = 0
    const reading = (async () => {
      for await (const frame of asking.request(connection, ECHO, ONE)) if (frame.length > 0) count++
    })()
    const outcome = codeOf(reading)
    expect(await until(() => count > 5)).toBe(true)
    await serving.stop()
    expect(await outcome).toBe('PEER_UNREACHABLE')
  })
})

describe('connections', () => {
  test('are announced when they open and close, with ids that are never used again', async () => {
    const serving = await hosts.start()
    const asking = await hosts.start()
    const events: string[] = []
    asking.onConnection((event) => events.push(`${event.type} ${event.connection.id}`))
    const first = await connectHosts(asking, serving)
    expect(await connectHosts(asking, serving)).toBe(first)
    await asking.disconnect(first)
    expect(first.isOpen).toBe(false)
    const second = await connectHosts(asking, serving)
    await serving.stop()
    expect(await until(() => !second.isOpen)).toBe(true)
    expect(events).toEqual([`open ${first.id}`, `close ${first.id}`, `open ${second.id}`, `close ${second.id}`])
  })

  test('of strangers are limited, those of configured peers are not', async () => {
    const friend = await hosts.start()
    const stranger = await hosts.start()
    const closed = await hosts.start({ limits: { maxStrangers: 0 }, allow: [friend.peerId] })
    await closed.handle(ECHO, async (request) => answer(...request.frames))
    expect(await codeOf(requestAll(friend, await connectHosts(friend, closed), ECHO, ONE))).toBe('ok')
    const refused = connectHosts(stranger, closed).then(async (connection) =>
      requestAll(stranger, connection, ECHO, ONE),
    )
    expect(await codeOf(refused)).toBe('PEER_UNREACHABLE')
    expect(closed.connections().map((connection) => connection.peerId)).toEqual([friend.peerId])
  })

  test('of many peers behind one address are all accepted at once', async () => {
    const serving = await hosts.start()
    const all = await Promise.all(Array.from({ length: 12 }, async () => hosts.start()))
    await Promise.all(all.map(async (host) => connectHosts(host, serving)))
    expect(await until(() => serving.connections().length === 12)).toBe(true)
  })

  test('to nobody fail with PEER_UNREACHABLE', async () => {
    const [gone, asking] = [await hosts.start(), await hosts.start()]
    const address = addressOf(gone)
    await gone.stop()
    expect(await codeOf(asking.connect(address))).toBe('PEER_UNREACHABLE')
  })
})
