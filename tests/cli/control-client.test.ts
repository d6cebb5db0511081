/** A node that ends while it answers: whatever was asked, the command says so and what to do, and takes no half of it. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type ControlClient, controlClient } from '../../src/cli/control-client.ts'
import { codeOfAsync } from '../support/error-code.ts'
import { temporaryDirectory } from '../support/storage-fixtures.ts'

let server: Server | undefined
afterEach(() => server?.close())

async function nodeThat(answers: (response: ServerResponse) => void, timeoutMs = 5000): Promise<ControlClient> {
  const home = await temporaryDirectory()
  server = createServer((request, response) => {
    request.resume()
    answers(response)
  })
  await new Promise<void>((resolve) => server?.listen(join(home, 'control.sock'), resolve))
  return controlClient(home, timeoutMs)
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const asks: [string, (client: ControlClient) => Promise<unknown>][] = [
  ['status', (client) => client.status()],
  ['submit', (client) => client.submit(new Uint8Array(500), { wait: 'witnessed', timeoutMs: 1000 })],
  ['a list', (client) => all(client.list({}))],
  ['a snapshot', (client) => all(client.snapshotIndex('a.example/log'))],
  ['a bundle', (client) => client.collect({ question: { use: 'bafkreigh2akiscaildc' as never }, form: 'whole' })],
  ['a large blob', (client) => client.putBlob(new Uint8Array(8 << 20))],
]

describe.each(asks)('a node that ends while it is asked for %s', (_, ask) => {
  it('before it answers', async () => {
    const client = await nodeThat((response) => response.socket?.destroy())
    expect(await codeOfAsync(() => ask(client))).toBe('PEER_UNREACHABLE')
  })

  it('in the middle of its answer', async () => {
    const client = await nodeThat((response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{"id":"bafk"}\n{"id":')
      setTimeout(() => response.socket?.destroy(), 20)
    })
    expect(await codeOfAsync(() => ask(client))).toBe('PEER_UNREACHABLE')
  })

  it('in the middle of its refusal', async () => {
    const client = await nodeThat((response) => {
      response.writeHead(503, { 'content-length': '1000' })
      response.write('{"code":"NOT_')
      setTimeout(() => response.socket?.destroy(), 20)
    })
    expect(await codeOfAsync(() => ask(client))).toBe('PEER_UNREACHABLE')
  })
})

it('does not wait for a node that falls silent in the middle of its answer', async () => {
  const client = await nodeThat((response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('{"id":')
  }, 200)
  expect(await codeOfAsync(() => client.status())).toBe('PEER_TIMEOUT')
  expect(await codeOfAsync(() => all(client.list({})))).toBe('PEER_TIMEOUT')
})

it('lists every line, wherever it is cut on the way', async () => {
  const lines = Array.from({ length: 50 }, (_, i) => JSON.stringify({ id: `Übung ${i}` }))
  const bytes = Buffer.from(`${lines.join('\n')}\n`)
  const client = await nodeThat((response) => {
    response.writeHead(200)
    for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7))
    response.end()
  })
  expect((await all(client.list({}))).map((line) => JSON.stringify(line))).toEqual(lines)
})
