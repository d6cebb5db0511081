import { stat } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LedgerError } from '../../src/errors.ts'
import { MAX_BODY_BYTES, startControlServer } from '../../src/http/control.ts'
import type { ControlServer } from '../../src/http/control.ts'
import type { NodeApi } from '../../src/node/api.ts'
import { temporaryFolder } from '../support/cli-run.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let server: ControlServer
let socketPath: string

/** Only what the routes below reach. */
const api = {
  status: () => ({ logs: [{ origin: 'a.example/1' }] }),
  card: () => {
    throw new TypeError('a secret detail at /root/path')
  },
  readStatement: () => undefined,
  readReceipt: () => undefined,
  submit: async () => ({ state: 'refused', code: 'QUOTA', message: 'enough for today', hint: 'try tomorrow' }),
  removePeer: async () => {
    throw new LedgerError('UNKNOWN_LOG', 'no such log')
  },
  readCheckpoint: () => Uint8Array.of(1, 2, 3),
  readTile: () => undefined,
} as unknown as NodeApi

beforeAll(async () => {
  folder = await temporaryFolder()
  socketPath = join(folder.path, 's')
  server = await startControlServer(socketPath, api)
})
afterAll(async () => {
  await server.close()
  await folder.remove()
})

function call(method: string, path: string, body?: Uint8Array | string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

test('the socket is open to its owner alone', async () => {
  expect((await stat(socketPath)).mode & 0o777).toBe(0o600)
})

test('routes are a closed list', async () => {
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '//'],
    ['GET', '//v1/status'],
    ['OPTIONS', '*'],
    ['GET', '/v2/status'],
    ['PUT', '/v1/status'],
    ['GET', '/v1/../v1/nothing'],
    ['POST', '/v1/statementsx'],
  ] as const) {
    expect(await call(method, path)).toMatchObject({ status: 404 })
  }
})

test('an unexpected error shows neither message nor stack', async () => {
  const { status, body } = await call('GET', '/v1/card')
  expect(status).toBe(500)
  expect(JSON.parse(body)).toMatchObject({ code: 'INTERNAL' })
  expect(body).not.toContain('secret')
})

test('a refusal carries code, message and hint', async () => {
  const { status, body } = await call('POST', '/v1/statements', 'x')
  expect(status).toBe(429)
  expect(JSON.parse(body)).toEqual({ code: 'QUOTA', message: 'enough for today', hint: 'try tomorrow' })
})

test('a body beyond the bound is refused', async () => {
  const large = new Uint8Array(MAX_BODY_BYTES + 1)
  expect(await call('POST', '/v1/statements', large)).toMatchObject({ status: 413 })
})

test('bad parameters are 400, unknown things 404', async () => {
  expect(await call('POST', '/v1/statements?wait=never', 'x')).toMatchObject({ status: 400 })
  expect(await call('POST', '/v1/bundles', '{"use":"x","claim":"y"}')).toMatchObject({ status: 400 })
  expect(await call('POST', '/v1/bundles', '[')).toMatchObject({ status: 400 })
  expect(await call('GET', '/v1/statements/not-an-id')).toMatchObject({ status: 400 })
  expect(await call('GET', `/v1/statements/bafkrei${'a'.repeat(52)}`)).toMatchObject({ status: 404 })
  expect(await call('DELETE', '/v1/peers?origin=b.example/1')).toMatchObject({ status: 404 })
  expect(await call('GET', '/v1/logs/00/checkpoint')).toMatchObject({ status: 404 })
  expect(await call('GET', '/v1/%ZZ')).toMatchObject({ status: 404 })
})
