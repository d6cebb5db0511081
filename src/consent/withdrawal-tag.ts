/**
 * Withdrawals that name nobody in public: a contributor is a tag, which only those who hold the dataset can match
 * (docs/terms.md, "withdrawals").
 *
 *     tag        = HMAC-SHA-256(key of the version, contributor id in UTF-8)
 *     commitment = SHA-256(tags of the batch, sorted, one after the other)
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { compareBytes, concatBytes, equalBytes } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'

/** @param key 32 bytes, shipped inside the dataset's archive @returns 32 bytes */
export function withdrawalTag(key: Uint8Array, contributor: string): Uint8Array {
  return hmac(sha256, key, encodeUtf8(contributor))
}

/** What a withdrawal says about its batch; each tag counts once. */
export function commitTags(tags: readonly Uint8Array[]): { count: number; commitment: Uint8Array } {
  const sorted = [...tags].sort(compareBytes)
  const unique = sorted.filter((tag, i) => i === 0 || !equalBytes(tag, sorted[i - 1] ?? tag))
  return { count: unique.length, commitment: sha256(concatBytes(...unique)) }
}
