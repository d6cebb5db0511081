/** Blobs of this node: its own store, what it serves to others, and what it asks them for. */
import { type CidText, cidFromDigest, digestOf } from '../encoding/cid.ts'
import { equalBytes } from '../encoding/bytes.ts'
import { isLedgerError } from '../errors.ts'
import { askStream, serveStream } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { MAX_PAGE_BYTES } from '../network/limits.ts'
import { blobExchange } from '../network/messages/blob.ts'
import { refusalError } from '../network/refusal.ts'
import { type BlobStore, MAX_BLOB_BYTES } from '../storage/blob-store.ts'
import { nativeSha256 } from './native-crypto.ts'

export async function serveBlobs(host: Host, blobs: BlobStore): Promise<void> {
  await serveStream(host, blobExchange, async ({ sha256 }) => {
    const bytes = await blobs.read(cidFromDigest(sha256))
    if (bytes === undefined) throw refusalError({ kind: 'not-available' })
    return pagesOf(bytes)
  })
}

/** Asks everybody connected, one after the other. @returns undefined when nobody has it */
export async function fetchBlob(host: Host, id: CidText): Promise<Uint8Array | undefined> {
  const peers = new Set(host.connections().map(({ peerId }) => peerId))
  for (const peerId of peers) {
    try {
      const bytes = await collectChunks(askStream(host, peerId, blobExchange, { sha256: digestOf(id) }))
      if (equalBytes(nativeSha256(bytes), digestOf(id))) return bytes
    } catch (error) {
      // Whoever has it not, or fails, is followed by the next one.
      if (!isLedgerError(error)) throw error
    }
  }
  return undefined
}

async function collectChunks(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > MAX_BLOB_BYTES) throw refusalError({ kind: 'error', message: 'the blob is longer than any may be' })
    parts.push(chunk)
  }
  return new Uint8Array(Buffer.concat(parts))
}

function* pagesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += MAX_PAGE_BYTES)
    yield bytes.subarray(offset, offset + MAX_PAGE_BYTES)
}
