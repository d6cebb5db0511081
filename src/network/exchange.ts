/**
 * A typed request and its answer on top of frames.
 *
 * `serve` decodes the request (malformed: answered `invalid`) and encodes what the handler returns; `ask` encodes the
 * request and decodes the answer (malformed: PEER_MISBEHAVED).
 */
import { LedgerError, isLedgerError } from '../errors.ts'
import { isCborArray } from '../encoding/cbor.ts'
import { decodeMessage, decodeWith, encodeBody, encodeWith } from './fields.ts'
import { OK } from './refusal.ts'
import type { CborValue } from '../encoding/cbor.ts'
import type { Connection } from './connection.ts'
import type { Codec } from './fields.ts'
import type { Host } from './host.ts'
import type { Protocol } from './protocol.ts'
import type { RequestOptions } from './request.ts'
import type { RequestContext } from './serve.ts'

export interface Exchange<Request, Answer> {
  readonly protocol: Protocol
  encodeRequest(request: Request): Iterable<Uint8Array>
  /** @throws LedgerError CBOR_*, UTF8_MALFORMED, SCHEMA_INVALID */
  decodeRequest(frames: readonly Uint8Array[]): Request
  /** Values after the code 0, one CBOR value a frame. */
  encodeAnswer(answer: Answer): Iterable<CborValue> | AsyncIterable<CborValue>
  decodeAnswer(values: AsyncIterable<CborValue>): Promise<Answer>
}

export type AskOptions = RequestOptions

/** Answers every request of this kind. Throw refusalError(...) for an answer other than ok. */
export async function serve<Request, Answer>(
  host: Host,
  exchange: Exchange<Request, Answer>,
  handler: (request: Request, from: RequestContext) => Promise<Answer> | Answer,
): Promise<void> {
  await host.handle(exchange.protocol, async function* answerFrames(incoming, from) {
    const answer = await handler(exchange.decodeRequest(incoming.frames), from)
    for await (const value of exchange.encodeAnswer(answer)) yield encodeBody([OK, value])
  })
}

/**
 * @throws LedgerError as Host.request, and PEER_MISBEHAVED when the answer has not the right form
 */
export async function ask<Request, Answer>(
  host: Host,
  target: Connection | string,
  exchange: Exchange<Request, Answer>,
  request: Request,
  options?: AskOptions,
): Promise<Answer> {
  const values = answerValues(host.request(target, exchange.protocol, exchange.encodeRequest(request), options))
  try {
    return await exchange.decodeAnswer(values)
  } catch (error) {
    throw misbehaved(error, exchange.protocol)
  } finally {
    await values.return()
  }
}

/** The values of a long answer as they arrive, for answers that must not be held in memory whole. */
export async function* askStream<Request, Item>(
  host: Host,
  target: Connection | string,
  exchange: StreamExchange<Request, Item>,
  request: Request,
  options?: AskOptions,
): AsyncGenerator<Item, void, undefined> {
  const values = answerValues(host.request(target, exchange.protocol, [encodeWith(exchange.request, request)], options))
  for await (const value of values) {
    let item: Item
    try {
      item = exchange.item.decode(value, 'item')
    } catch (error) {
      throw misbehaved(error, exchange.protocol)
    }
    yield item
  }
}

/** A request answered by a sequence of items, sent and read with back-pressure. */
export interface StreamExchange<Request, Item> {
  readonly protocol: Protocol
  readonly request: Codec<Request>
  readonly item: Codec<Item>
}

export async function serveStream<Request, Item>(
  host: Host,
  exchange: StreamExchange<Request, Item>,
  handler: (
    request: Request,
    from: RequestContext,
  ) => Iterable<Item> | AsyncIterable<Item> | Promise<Iterable<Item> | AsyncIterable<Item>>,
): Promise<void> {
  await host.handle(exchange.protocol, async function* answerFrames(incoming, from) {
    const items = await handler(decodeWith(exchange.request, onlyFrame(incoming.frames), 'request'), from)
    for await (const item of items) yield encodeBody([OK, exchange.item.encode(item)])
  })
}

/** The usual exchange: one value asks, one value answers. */
export function simpleExchange<Request, Answer>(
  protocol: Protocol,
  request: Codec<Request>,
  answer: Codec<Answer>,
): Exchange<Request, Answer> {
  return {
    protocol,
    encodeRequest: (value) => [encodeWith(request, value)],
    decodeRequest: (frames) => decodeWith(request, onlyFrame(frames), 'request'),
    encodeAnswer: (value) => [answer.encode(value)],
    decodeAnswer: async (values) => answer.decode(await onlyValue(values), 'answer'),
  }
}

/** @throws LedgerError SCHEMA_INVALID */
export function onlyFrame(frames: readonly Uint8Array[]): Uint8Array {
  const [frame] = frames
  if (frame === undefined || frames.length !== 1)
    throw new LedgerError('SCHEMA_INVALID', `expected one request frame, found ${frames.length}`)
  return frame
}

/** @throws LedgerError SCHEMA_INVALID */
export async function onlyValue(values: AsyncIterable<CborValue>): Promise<CborValue> {
  let found: CborValue | undefined
  for await (const value of values) {
    if (found !== undefined) throw new LedgerError('SCHEMA_INVALID', 'expected one answer frame, found more')
    found = value
  }
  if (found === undefined) throw new LedgerError('SCHEMA_INVALID', 'expected one answer frame, found none')
  return found
}

async function* answerValues(
  frames: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<CborValue, void, undefined> {
  for await (const frame of frames) {
    const items = decodeMessage(frame)
    if (!isCborArray(items) || items.length !== 2)
      throw new LedgerError('SCHEMA_INVALID', 'expected [0, value] in an answer frame')
    yield items[1] as CborValue
  }
}

function misbehaved(error: unknown, protocol: Protocol): unknown {
  if (!isLedgerError(error)) return error
  const isMalformed =
    error.code === 'SCHEMA_INVALID' || error.code === 'UTF8_MALFORMED' || error.code.startsWith('CBOR_')
  return isMalformed
    ? new LedgerError('PEER_MISBEHAVED', `answer to ${protocol.id}: ${error.message}`, { cause: error })
    : error
}
