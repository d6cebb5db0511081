import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { codeOf, thrownCode } from '../support/network-codes.ts'
import { toHex } from '../../src/encoding/bytes.ts'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { ask, askStream, serve, serveStream, simpleExchange } from '../../src/network/exchange.ts'
import { decodeMessage } from '../../src/network/fields.ts'
import { logIdOf } from '../../src/network/log-id.ts'
import { blobExchange } from '../../src/network/messages/blob.ts'
import { claimExchange, requestClaim } from '../../src/network/messages/claim.ts'
import { consistencyExchange } from '../../src/network/messages/consistency.ts'
import { cosignExchange } from '../../src/network/messages/cosign.ts'
import { decodeEntryFrames, encodeEntryFrames } from '../../src/network/messages/entry-frames.ts'
import { entriesExchange } from '../../src/network/messages/entries.ts'
import { evidenceExchange } from '../../src/network/messages/evidence.ts'
import { forksExchange } from '../../src/network/messages/forks.ts'
import { headsExchange } from '../../src/network/messages/heads.ts'
import { notesExchange } from '../../src/network/messages/notes.ts'
import { proofExchange } from '../../src/network/messages/proof.ts'
import { receiptExchange } from '../../src/network/messages/receipt.ts'
import { requestReservation, reservationExchange } from '../../src/network/messages/reservation.ts'
import { requestReserve, reserveExchange } from '../../src/network/messages/reserve.ts'
import { statusExchange } from '../../src/network/messages/status.ts'
import { submitExchange } from '../../src/network/messages/submit.ts'
import { tilesExchange } from '../../src/network/messages/tiles.ts'
import { MAX_REQUEST_FRAME_BYTES, MAX_RESPONSE_FRAME_BYTES } from '../../src/network/limits.ts'
import { refusalError, refusalOf } from '../../src/network/refusal.ts'
import { connectHosts, testHosts } from '../support/network-hosts.ts'
import { mutate, oneOf } from '../support/mutate.ts'
import { seeded } from '../support/seeded.ts'
import type { CborValue } from '../../src/encoding/cbor.ts'
import type { Exchange, StreamExchange } from '../../src/network/exchange.ts'
import { requestAll } from '../support/request-all.ts'

/** Of all messages together; half of them requests, half answers. */
const MUTATIONS = Number(process.env['TALLYSTICK_NETWORK_MUTATIONS'] ?? 10_000)

const hosts = testHosts()
afterEach(async () => hosts.stopAll())

const HASH = new Uint8Array(32).fill(3)
const INSTANCE = new Uint8Array(16).fill(4)
const NOTE = new TextEncoder().encode('example.org/log\n1\nAAAA\n\n— x y\n')
const ORIGIN = 'river-speech.example/log'
const STATUS = {
  network: 'n',
  version: '1',
  instance: INSTANCE,
  headSeq: 3,
  limits: { maxEntries: 256, maxBytes: 1 << 20 },
  now: 1_700_000_000,
  origin: ORIGIN,
}

interface Sample {
  name: string
  exchange: Exchange<unknown, unknown>
  requests: readonly unknown[]
  answers: readonly unknown[]
}

function sample<Request, Answer>(
  name: string,
  exchange: Exchange<Request, Answer>,
  requests: readonly Request[],
  answers: readonly Answer[],
): Sample {
  return { name, exchange, requests, answers }
}

/** A long answer as one of a single item. */
function ofOneItem<Request, Item>({ protocol, request, item }: StreamExchange<Request, Item>): Exchange<Request, Item> {
  return simpleExchange(protocol, request, item)
}

const RESERVATION = { size: 9, root: HASH, start: 7 }
const SAMPLES: readonly Sample[] = [
  sample('status', statusExchange, [STATUS], [STATUS]),
  sample(
    'heads',
    headsExchange,
    [{ logs: [HASH, HASH] }, { sinceSeq: 0 }, { dbEpoch: INSTANCE, sinceSeq: 9, max: 256 }],
    [
      { heads: [], nextSeq: 0, dbEpoch: INSTANCE },
      {
        heads: [
          {
            logId: HASH,
            origin: ORIGIN,
            note: NOTE,
            minIndex: 0,
            mirrorSize: 4,
            rootSig: new Uint8Array(64),
            latest: NOTE,
          },
        ],
        nextSeq: 5,
        dbEpoch: INSTANCE,
      },
    ],
  ),
  sample(
    'tiles',
    tilesExchange,
    [{ logId: HASH, size: 300, tiles: [{ level: 0, index: 0, width: 256 }] }],
    [{ tiles: [new Uint8Array(8_192)] }],
  ),
  sample(
    'entries',
    entriesExchange,
    [{ logId: HASH, size: 300, start: 0, count: 256, maxBytes: 1 << 20 }],
    [{ entries: [new Uint8Array(0), HASH], next: 2 }],
  ),
  sample('consistency', consistencyExchange, [{ logId: HASH, from: 1, to: 2 }], [{ hashes: [HASH] }]),
  sample('proof', proofExchange, [{ logId: HASH, index: 1, size: 2 }], [{ hashes: [] }]),
  sample(
    'claim',
    claimExchange,
    [
      { origin: ORIGIN, instance: INSTANCE },
      { origin: ORIGIN, instance: INSTANCE, release: true },
    ],
    [{ granted: true }, { granted: false, renewedAgoMs: 12, newestNote: NOTE, reservation: RESERVATION }],
  ),
  sample(
    'reserve',
    reserveExchange,
    [
      {
        origin: ORIGIN,
        instance: INSTANCE,
        size: 9,
        root: HASH,
        start: 7,
        frontier: [HASH, HASH, HASH],
        entries: [HASH, NOTE],
      },
    ],
    [{ stored: true }, { stored: false, reason: 'behind', newestNote: NOTE, reservation: RESERVATION }],
  ),
  sample('reservation', reservationExchange, [{ origin: ORIGIN }], [{ ...RESERVATION, entries: [HASH, NOTE] }]),
  sample(
    'cosign',
    cosignExchange,
    [{ instance: INSTANCE, body: NOTE }],
    [
      { outcome: 'cosigned', lines: [NOTE] },
      { outcome: 'conflict', size: 7 },
      { outcome: 'conflict', size: 7, newestNote: NOTE },
      { outcome: 'refused', reason: 'unclaimed', message: 'no claim' },
    ],
  ),
  sample(
    'notes',
    notesExchange,
    [{ logId: HASH, from: 1, to: 9 }],
    [
      { notes: [{ note: NOTE }, { note: NOTE, rootSig: HASH }], next: 10 },
      { notes: [], next: 10 },
    ],
  ),
  sample('forks', forksExchange, [{ sinceSeq: 4 }], [{ proofs: [NOTE, HASH], nextSeq: 6 }]),
  sample(
    'submit',
    submitExchange,
    [{ statements: [NOTE, HASH], wait: 'witnessed', timeoutMs: 10_000 }],
    [
      {
        outcomes: [
          { state: 'logged', id: 'bafy' },
          { state: 'refused', id: 'bafy', code: 'QUOTA', message: 'x' },
          { state: 'witnessed', id: 'b', origin: ORIGIN, index: 4, receipt: HASH, note: NOTE },
        ],
      },
    ],
  ),
  sample('receipt', receiptExchange, [{ id: 'bafy' }], [{ receipt: HASH, note: NOTE, index: 4, origin: ORIGIN }]),
  sample('evidence', ofOneItem(evidenceExchange), [{ use: 'bafy' }], [NOTE]),
  sample('blob', ofOneItem(blobExchange), [{ sha256: HASH }], [NOTE]),
]

async function encodedAnswer(exchange: Exchange<unknown, unknown>, answer: unknown): Promise<CborValue[]> {
  const out: CborValue[] = []
  for await (const value of exchange.encodeAnswer(answer)) out.push(value)
  return out
}

async function* stream(values: readonly CborValue[]): AsyncGenerator<CborValue, void, undefined> {
  yield* values
}

async function* valuesOf(frames: readonly Uint8Array[]): AsyncGenerator<CborValue, void, undefined> {
  for (const frame of frames) yield decodeMessage(frame)
}

/** One of the messages with one of its frames mutated, left out or sent twice. */
function mutateFrames(messages: readonly (readonly Uint8Array[])[], random: () => number): Uint8Array[] {
  const message = oneOf(messages, random)
  const at = random() % message.length
  const way = random() % 8
  const changed = way === 0 ? [] : [mutate(message.slice(at, at + 1), random)]
  return message.toSpliced(at, 1, ...changed, ...(way === 1 ? message.slice(at, at + 1) : []))
}

function hexOf(all: readonly Uint8Array[]): string {
  return all.map(toHex).join(' ')
}

describe('every message', () => {
  test.each(SAMPLES)('$name comes back as it was sent', async ({ exchange, requests, answers }) => {
    for (const request of requests)
      expect(exchange.decodeRequest([...exchange.encodeRequest(request)])).toEqual(request)
    for (const answer of answers)
      expect(await exchange.decodeAnswer(stream(await encodedAnswer(exchange, answer)))).toEqual(answer)
  })

  test.each(SAMPLES)(
    '$name refuses unknown, missing and mistyped fields, and stray frames',
    ({ exchange, requests }) => {
      for (const request of requests) {
        const [first, ...rest] = [...exchange.encodeRequest(request)]
        if (first === undefined) throw new Error('no frame')
        for (const bad of [
          new Map<string, CborValue>([['extra', 1]]),
          [1],
          'text',
          new Map<number, CborValue>([[1, 2]]),
        ]) {
          expect(thrownCode(() => exchange.decodeRequest([encodeCbor(bad), ...rest]))).toBe('SCHEMA_INVALID')
        }
        expect(() => exchange.decodeRequest([first, ...rest, new Uint8Array([0xf6])])).toThrow(
          expect.objectContaining({ code: 'SCHEMA_INVALID' }),
        )
        expect(thrownCode(() => exchange.decodeRequest([]))).toBe('SCHEMA_INVALID')
        expect(thrownCode(() => exchange.decodeRequest([first.subarray(0, first.length - 1), ...rest]))).toBe(
          'CBOR_MALFORMED',
        )
      }
    },
  )

  test.each(SAMPLES)(
    '$name turns mutated requests and answers into our codes only',
    async (message) => {
      const { exchange, requests, answers } = message
      const random = seeded(20_261_204)
      const asked = requests.map((request) => [...exchange.encodeRequest(request)])
      const answered = await Promise.all(
        answers.map(async (answer) => (await encodedAnswer(exchange, answer)).map((value) => encodeCbor(value))),
      )
      const count = Math.ceil(MUTATIONS / SAMPLES.length / 2)
      for (let i = 0; i < count; i++) {
        const request = mutateFrames(asked, random)
        expect(
          thrownCode(() => exchange.decodeRequest(request)),
          hexOf(request),
        ).toMatch(/^[A-Z0-9_]+$|^ok$/)
        const answer = mutateFrames(answered, random)
        expect(await codeOf(exchange.decodeAnswer(valuesOf(answer))), hexOf(answer)).toMatch(/^[A-Z0-9_]+$|^ok$/)
      }
    },
    3_600_000,
  )

  test('nested too deeply is refused without a stack overflow', () => {
    const deep = new Uint8Array(5_000).fill(0x81)
    expect(thrownCode(() => statusExchange.decodeRequest([deep]))).toBe('CBOR_LIMIT')
  })
})

describe('batches of entries', () => {
  test('fit the frames for every mix of lengths, the largest included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 60_000, max: 65_535 })), {
          maxLength: 30,
        }),
        (lengths) => {
          const entries = lengths.map((length, i) => new Uint8Array(length).fill(i))
          const frames = [...encodeEntryFrames(entries)]
          expect(frames.every((frame) => frame.length <= MAX_REQUEST_FRAME_BYTES)).toBe(true)
          expect(decodeEntryFrames(frames)).toEqual(entries)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('that do not match their description are refused', () => {
    const frames = [
      ...reserveExchange.encodeRequest({
        origin: ORIGIN,
        instance: INSTANCE,
        size: 9,
        root: HASH,
        start: 7,
        frontier: [],
        entries: [HASH],
      }),
    ]
    expect(thrownCode(() => reserveExchange.decodeRequest(frames))).toBe('SCHEMA_INVALID')
  })
})

describe('long answers', () => {
  test('are kept without the message they came in, but for entries, which fill theirs', () => {
    const sent = {
      origin: ORIGIN,
      instance: INSTANCE,
      size: 8,
      root: HASH,
      start: 7,
      frontier: [HASH],
      entries: [NOTE],
    }
    const frames = [...reserveExchange.encodeRequest(sent)]
    const read = reserveExchange.decodeRequest(frames)
    const buffers = new Set(frames.map(({ buffer }) => buffer))
    expect(buffers.has(read.root.buffer)).toBe(false)
    expect(buffers.has(read.frontier[0]?.buffer ?? HASH.buffer)).toBe(false)
    expect(buffers.has(read.entries[0]?.buffer ?? HASH.buffer)).toBe(true)
  })

  test('of 256 heads with large notes are cut into frames below the limit', async () => {
    const heads = Array.from({ length: 256 }, (_, i) => ({
      logId: HASH,
      origin: `${i}.example/log`,
      note: new Uint8Array(6_000).fill(i),
      minIndex: 0,
      mirrorSize: i,
    }))
    const values = await encodedAnswer(headsExchange, {
      heads,
      nextSeq: 1,
      dbEpoch: INSTANCE,
    })
    expect(values.length).toBeGreaterThan(3)
    for (const value of values) expect(encodeCbor([0, value]).length).toBeLessThanOrEqual(MAX_RESPONSE_FRAME_BYTES)
    expect((await headsExchange.decodeAnswer(stream(values))).heads).toEqual(heads)
  })
})

describe('over the network', () => {
  test('a batch of 256 entries is reserved and fetched back', async () => {
    const [log, witness] = [await hosts.start(), await hosts.start()]
    const entries = Array.from({ length: 256 }, (_, i) => new Uint8Array(7_000).fill(i))
    let held: readonly Uint8Array[] = []
    await serve(witness, reserveExchange, (request) => {
      held = request.entries
      return { stored: true }
    })
    await serve(witness, reservationExchange, (request) => {
      if (request.origin !== ORIGIN) throw refusalError({ kind: 'not-available' })
      return { ...RESERVATION, start: 0, size: held.length, entries: held }
    })
    const connection = await connectHosts(log, witness)
    const head = { origin: ORIGIN, instance: INSTANCE, size: 256, root: HASH, start: 0, frontier: [] }
    expect(await requestReserve(log, connection, head, entries, 10_000)).toEqual({ stored: true })
    expect((await requestReservation(log, connection, ORIGIN, 10_000))?.entries).toEqual(entries)
    expect(await requestReservation(log, connection, 'other.example/log', 10_000)).toBeUndefined()
  })

  test('a claim tells the handler which connection asks', async () => {
    const [log, witness] = [await hosts.start(), await hosts.start()]
    const ids: string[] = []
    await serve(witness, claimExchange, (_request, from) => {
      ids.push(from.connection.id)
      return { granted: true }
    })
    const connection = await connectHosts(log, witness)
    for (let i = 0; i < 2; i++) await requestClaim(log, connection, { origin: ORIGIN, instance: INSTANCE }, 5_000)
    expect(ids[0]).toBe(witness.connections(log.peerId)[0]?.id)
    expect(ids[1]).toBe(ids[0])
  })

  test('chunks of evidence and blobs arrive in order, more than a window of them', async () => {
    const [asking, serving] = [await hosts.start(), await hosts.start()]
    await serveStream(serving, evidenceExchange, async function* () {
      for (let i = 0; i < 12; i++) yield new Uint8Array(700_000).fill(i)
    })
    await serveStream(serving, blobExchange, () => {
      throw refusalError({ kind: 'not-available' })
    })
    const connection = await connectHosts(asking, serving)
    const firsts: (number | undefined)[] = []
    for await (const chunk of askStream(asking, connection, evidenceExchange, { use: 'bafy' })) firsts.push(chunk[0])
    expect(firsts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    const blob = askStream(asking, connection, blobExchange, { sha256: HASH })
    expect(await codeOf(blob.next())).toBe('NOT_FOUND')
  })

  test('a malformed request is answered invalid, a malformed answer is PEER_MISBEHAVED', async () => {
    const [asking, serving] = [await hosts.start(), await hosts.start()]
    await serve(serving, statusExchange, (status) => status)
    const connection = await connectHosts(asking, serving)
    const failure = await requestAll(asking, connection, statusExchange.protocol, [encodeCbor([1])]).catch(
      (error: unknown) => error,
    )
    expect(refusalOf(failure)?.kind).toBe('invalid')
    for (const bytes of [
      encodeCbor([0, 1]),
      encodeCbor([0]),
      encodeCbor([9, 'x']),
      encodeCbor('x'),
      new Uint8Array([0x82, 0, 0xff]),
      new Uint8Array([1]),
    ]) {
      await serving.handle({ ...proofExchange.protocol, id: `/tallystick/bad-${bytes.join('-')}/1` }, async () => [
        bytes,
      ])
      const exchange = {
        ...proofExchange,
        protocol: { ...proofExchange.protocol, id: `/tallystick/bad-${bytes.join('-')}/1` },
      }
      expect(await codeOf(ask(asking, connection, exchange, { logId: HASH, index: 0, size: 1 }))).toBe(
        'PEER_MISBEHAVED',
      )
    }
  })
})

test('a log id is the SHA-256 of the origin', () => {
  expect(Buffer.from(logIdOf('example.com/log')).toString('hex')).toHaveLength(64)
  expect(logIdOf('a')).not.toEqual(logIdOf('b'))
})
