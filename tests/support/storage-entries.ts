/**
 * Deterministic entries for storage tests.
 */
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import type { LogEntry } from '../../src/storage/log-store.ts'
import { nativeSha256 } from '../../src/storage/native-sha256.ts'

/** Entry `index` of a test log: some text, then pseudo-random bytes to the wanted length. */
export function testEntry(index: number, sizeBytes = 40, branch = ''): LogEntry {
  const bytes = new Uint8Array(sizeBytes)
  const text = encodeUtf8(`entry ${index}${branch} `)
  bytes.set(text.subarray(0, sizeBytes))
  let state = (index + 1) * 2_654_435_761 + branch.length
  for (let at = text.length; at < sizeBytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return { bytes, leafHash: leafHash(bytes, nativeSha256) }
}

export function testEntries(start: number, count: number, sizeBytes = 40, branch = ''): LogEntry[] {
  return Array.from({ length: count }, (_, offset) => testEntry(start + offset, sizeBytes, branch))
}
