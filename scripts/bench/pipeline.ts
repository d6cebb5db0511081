/**
 * What replication is set beside: one Ed25519 verification through the thread pool for each statement, decoding it with cborg,
 * hashing it and a tree node with crypto.hash, and one row in a synced batch of LevelDB, a batch after the other. No network,
 * no index, no checks of the form. It is a model, not the fastest there could be: with the node's own decoder and hash it is
 * some 2 % faster, and with the signatures of the next batch under way some 4 %.
 */
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { decode, type DecodeOptions } from 'cborg'
import { Level } from 'level'
import { toBase64Url } from '../../src/encoding/bytes.ts'
import { decodeStatement, signedBytesOf } from '../../src/statement/envelope.ts'
import { median } from './median.ts'

const BATCH = 500
const ROUNDS = 3
const STRICT: DecodeOptions = {
  strict: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  useMaps: true,
  tags: { 18: (decodeContent) => decodeContent() },
}

interface Signed {
  readonly bytes: Uint8Array
  readonly payload: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/**
 * @param statements signed by this key, at least a few thousand
 * @returns statements a second, the median of three rounds
 */
export async function measurePipeline(
  folder: string,
  statements: readonly Uint8Array[],
  publicKey: Uint8Array,
): Promise<number> {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey) }, format: 'jwk' })
  const signed = statements.map((bytes) => {
    const statement = decodeStatement(bytes)
    const { payloadBytes: payload, signature } = statement
    return { bytes, payload, message: signedBytesOf(statement), signature }
  })
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const database = await mkdtemp(join(folder, 'pipeline-'))
    const start = performance.now()
    await store(database, signed, key)
    rates.push((signed.length / (performance.now() - start)) * 1000)
    await rm(database, { recursive: true })
  }
  return median(rates)
}

async function store(database: string, signed: readonly Signed[], key: KeyObject): Promise<void> {
  const level = new Level<Uint8Array, Uint8Array>(database, { keyEncoding: 'view', valueEncoding: 'view' })
  await level.open()
  const node = new Uint8Array(65).fill(1)
  let written: Promise<void> = Promise.resolve()
  for (let start = 0; start < signed.length; start += BATCH) {
    const batch = signed.slice(start, start + BATCH)
    const verified = Promise.all(batch.map((one) => isValid(one, key)))
    const rows = batch.map(({ bytes, payload }, i) => {
      decode(bytes, STRICT)
      decode(payload, STRICT)
      node.set(hash('sha256', bytes, 'buffer'), 1)
      hash('sha256', node, 'buffer')
      const row = Buffer.alloc(8)
      row.writeUInt32BE(start + i, 4)
      return { type: 'put' as const, key: row, value: bytes }
    })
    if (!(await verified).every(Boolean)) throw new Error('a signature of the bench itself is not valid')
    await written
    written = level.batch(rows, { sync: true })
  }
  await written
  await level.close()
}

async function isValid({ message, signature }: Signed, key: KeyObject): Promise<boolean> {
  return new Promise((resolve) => {
    verify(undefined, message, key, signature, (error, answer) => resolve(error === null && answer))
  })
}
