/**
 * The control socket: HTTP over a unix socket that only the node's own user may open (mode 0600). There is no TCP port,
 * so no web page and no other machine can reach it. Bodies, times and connections are bounded.
 */
import { unlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { LedgerError, isLedgerError } from '../errors.ts'
import { MAX_BLOB_BYTES } from '../storage/blob-store.ts'
import type { NodeApi } from '../node/api.ts'
import { answer } from './control-routes.ts'
import type { Reply } from './control-routes.ts'
import { problemOf } from './problem.ts'

export const MAX_BODY_BYTES: number = 64 * 1024
/** An invitation names every operator of a network. */
const MAX_INVITATION_BYTES: number = 512 * 1024
/** What is longer than a statement, by path. */
const LONG_BODIES: Readonly<Record<string, number>> = {
  '/v1/join': MAX_INVITATION_BYTES,
  '/v1/blobs': MAX_BLOB_BYTES + 1,
}

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const MAX_CONNECTIONS = 128
/** sun_path is 108 bytes with its terminator on Linux, 104 on macOS. */
const LONGEST_SOCKET_PATH = 103

export interface ControlServer {
  /** Ends open requests and removes the socket. */
  close(): Promise<void>
}

/**
 * Serves a node on a unix socket. A socket left by a killed process is replaced: the caller holds the home's lock.
 *
 * @throws LedgerError CONFIG_INVALID when the path is too long for a socket
 */
export async function startControlServer(path: string, api: NodeApi): Promise<ControlServer> {
  assertSocketPath(path)
  await unlink(path).catch(() => undefined)
  const server = createServer((request, response) => void serve(api, request, response))
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.maxConnections = MAX_CONNECTIONS
  // bind() happens inside listen(): with this mask the socket is 0600 from its first moment.
  const mask = process.umask(0o177)
  try {
    server.listen(path)
  } finally {
    process.umask(mask)
  }
  await once(server, 'listening')
  return { close: () => close(server, path) }
}

/** To be called before a home is made or a node started. @throws LedgerError CONFIG_INVALID when it is too long */
export function assertSocketPath(path: string): void {
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH) {
    throw new LedgerError(
      'CONFIG_INVALID',
      `${path} is longer than the ${LONGEST_SOCKET_PATH} bytes a socket's path may have`,
      {
        hint: 'use a home folder with a shorter path',
      },
    )
  }
}

async function close(server: Server, path: string): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
  server.closeAllConnections()
  await closed
  await unlink(path).catch(() => undefined)
}

async function serve(api: NodeApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request, LONG_BODIES[request.url ?? ''] ?? MAX_BODY_BYTES)
    const url = urlOf(request.url ?? '/')
    const path = url.pathname
    await send(response, await answer(api, { method: request.method ?? 'GET', path, query: url.searchParams, body }))
  } catch (error) {
    if (response.headersSent) {
      // A list that broke off half-way must not look complete.
      response.destroy()
      return
    }
    const { status, ...problem } = problemOf(error)
    const isTooLarge = isLedgerError(error, 'STATEMENT_TOO_LARGE')
    response.writeHead(status, { 'content-type': 'application/json', ...(isTooLarge ? { connection: 'close' } : {}) })
    response.end(`${JSON.stringify(problem)}\n`)
  }
}

/** A path is put behind the host, not resolved against it: `//x` would name another host. */
function urlOf(target: string): URL {
  const url = URL.parse(target.startsWith('/') ? `http://control${target}` : target)
  if (url === null) throw new LedgerError('NOT_FOUND', 'there is nothing at this address')
  return url
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = new LedgerError('STATEMENT_TOO_LARGE', `the request is longer than ${maxBytes} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes = chunk as Uint8Array
    length += bytes.length
    if (length > maxBytes) throw tooLarge
    chunks.push(bytes)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  if ('lines' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/x-ndjson' })
    for await (const line of reply.lines) {
      if (response.destroyed) return
      if (!response.write(`${JSON.stringify(line)}\n`))
        await Promise.race([once(response, 'drain'), once(response, 'close')])
    }
    response.end()
  } else if ('pieces' in reply) {
    // The first piece is made before anything is said, so that what cannot be answered is answered as such.
    const pieces = reply.pieces[Symbol.asyncIterator]()
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      if (response.destroyed) return void (await pieces.return?.())
      if (!response.headersSent) response.writeHead(reply.status, { 'content-type': 'application/octet-stream' })
      if (!response.write(next.value)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    }
    response.end()
  } else if ('json' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(`${JSON.stringify(reply.json)}\n`)
  } else if ('text' in reply) {
    response.writeHead(reply.status, { 'content-type': 'text/plain; charset=utf-8' }).end(reply.text)
  } else {
    response.writeHead(reply.status, { 'content-type': 'application/octet-stream' }).end(reply.bytes)
  }
}
