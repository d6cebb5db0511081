/**
 * A contributor's own proof of what they agreed to. The steward seals all consent records of a version under one root,
 * which the version names in public; each contributor gets the own record, its salt and a path to that root. Records
 * never enter a log, and without the salt nobody can tell from a commitment which record it is.
 *
 *     commitment = SHA-256("tallystick/consent-record/v1" 00 || salt, 32 bytes || record)
 *     root       = RFC 9162 tree hash over the commitments, sorted
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { compareBytes, concatBytes, equalBytes, fromHex, toHex } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { createLeafHashReader } from '../merkle/hash-reader.ts'
import { leafHash } from '../merkle/hash.ts'
import { proveInclusion, rootFromInclusion } from '../merkle/inclusion.ts'
import { treeRoot } from '../merkle/tree.ts'

const RECEIPT_SCHEMA = 'tallystick/consent-receipt/1'
const TAG = encodeUtf8('tallystick/consent-record/v1\0')
const SALT_BYTES = 32
const MAX_PATH = 64

export interface ConsentRecord {
  /** As the steward keeps it, byte for byte. */
  readonly record: string
  /** 32 random bytes, of this record alone. */
  readonly salt: Uint8Array
}

/** JSON that a contributor keeps. */
export interface ConsentReceipt {
  readonly schema: typeof RECEIPT_SCHEMA
  readonly record: string
  /** Hex, as all digests here. */
  readonly salt: string
  readonly index: number
  readonly count: number
  readonly path: readonly string[]
  readonly root: string
}

/** @returns the root that the version names, and a receipt for each record in their order */
export function sealConsents(records: readonly ConsentRecord[]): { root: Uint8Array; receipts: ConsentReceipt[] } {
  const sealed = records.map((record, at) => ({ record, at, commitment: commitmentOf(record) }))
  sealed.sort((a, b) => compareBytes(a.commitment, b.commitment))
  const leaves = sealed.map(({ commitment }) => leafHash(commitment))
  const root = treeRoot(leaves)
  const reader = createLeafHashReader(leaves)
  const receipts: ConsentReceipt[] = []
  for (const [index, { record, at }] of sealed.entries()) {
    receipts[at] = {
      schema: RECEIPT_SCHEMA,
      record: record.record,
      salt: toHex(record.salt),
      index,
      count: sealed.length,
      path: proveInclusion(reader, index, sealed.length).map(toHex),
      root: toHex(root),
    }
  }
  return { root, receipts }
}

/**
 * @param value hostile JSON
 * @returns the receipt, whose path leads from its record to its root; which version names that root is another question
 * @throws LedgerError CONSENT_RECEIPT_INVALID
 */
export function verifyConsentReceipt(value: unknown): ConsentReceipt {
  const receipt = readReceipt(value)
  const leaf = leafHash(commitmentOf({ record: receipt.record, salt: fromHex(receipt.salt) }))
  let root: Uint8Array
  try {
    root = rootFromInclusion(leaf, receipt.index, receipt.count, receipt.path.map(fromHex))
  } catch (cause) {
    throw invalid('its path does not fit its place', cause)
  }
  if (!equalBytes(root, fromHex(receipt.root))) throw invalid('its path does not lead from the record to the root')
  return receipt
}

function commitmentOf({ record, salt }: ConsentRecord): Uint8Array {
  return sha256(concatBytes(TAG, salt, encodeUtf8(record)))
}

function readReceipt(value: unknown): ConsentReceipt {
  const { schema, record, salt, index, count, path, root } = (
    typeof value === 'object' && value !== null ? value : {}
  ) as Record<string, unknown>
  const isWhole =
    schema === RECEIPT_SCHEMA &&
    typeof record === 'string' &&
    isHex(salt) &&
    isHex(root) &&
    isCount(index) &&
    isCount(count) &&
    index < count &&
    Array.isArray(path) &&
    path.length <= MAX_PATH &&
    path.every(isHex)
  if (!isWhole) throw invalid(`it is no receipt of the form ${RECEIPT_SCHEMA}`)
  return { schema, record, salt, index, count, path, root }
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && value.length === 2 * SALT_BYTES && /^[0-9a-f]+$/.test(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function invalid(what: string, cause?: unknown): LedgerError {
  return new LedgerError('CONSENT_RECEIPT_INVALID', `the consent receipt does not hold: ${what}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'ask the steward for a new one',
  })
}
