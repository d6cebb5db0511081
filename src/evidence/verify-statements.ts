/**
 * The statements of a bundle: decoding the proved entries, finding the key each one names, and verifying all signatures.
 *
 * A log commits to bytes, not to their truth: an entry that is no statement, or whose signature is bad, is the log's
 * carelessness. It stays in the log, has no effect, and is reported; bytes that are not those the log committed to never
 * come this far.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { isLedgerError } from '../errors.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { keyThumbprint } from '../signing/key.ts'
import type { Statement } from '../statement/envelope.ts'
import { decodeStatement } from '../statement/envelope.ts'
import type { Placement, ViewedStatement } from '../terms/view.ts'
import type { PlacedEntry, VerifiedLog } from './verify-log.ts'

export interface DecodedEntries {
  /** In the order of the bundle, each once, with all its places. */
  readonly statements: ReadonlyMap<
    CidText,
    { readonly statement: Statement; readonly placements: readonly Placement[] }
  >
  /** Entries that are no statement this program can read. */
  readonly unreadable: readonly Placement[]
}

export function decodeEntries(logs: readonly VerifiedLog[]): DecodedEntries {
  const statements = new Map<CidText, { statement: Statement; placements: Placement[] }>()
  const unreadable: Placement[] = []
  for (const entry of logs.flatMap((log) => log.entries)) {
    const { origin, index } = entry
    const statement = decodeOrUndefined(entry)
    const known = statement === undefined ? undefined : statements.get(statement.id)
    if (statement === undefined) unreadable.push({ origin, index })
    else if (known === undefined) statements.set(statement.id, { statement, placements: [{ origin, index }] })
    else known.placements.push({ origin, index })
  }
  return { statements, unreadable }
}

function decodeOrUndefined({ bytes }: PlacedEntry): Statement | undefined {
  try {
    return decodeStatement(bytes)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    return undefined
  }
}

/** Only what stands in these logs. */
export function onlyIn(decoded: DecodedEntries, origins: ReadonlySet<string>): DecodedEntries {
  const isIn = ({ origin }: Placement): boolean => origins.has(origin)
  const statements = new Map<CidText, { statement: Statement; placements: readonly Placement[] }>()
  for (const [id, { statement, placements }] of decoded.statements) {
    const kept = placements.filter(isIn)
    if (kept.length > 0) statements.set(id, { statement, placements: kept })
  }
  return { statements, unreadable: decoded.unreadable.filter(isIn) }
}

/** Public keys by hex thumbprint. A thumbprint is a hash of its key, so a wrong entry is impossible. */
export type Keys = ReadonlyMap<string, Uint8Array>

/** The keys that parties introduce and those of the logs, which sign index commitments. */
export function collectKeys(statements: Iterable<Statement>, logs: readonly VerifiedLog[]): Keys {
  const keys = new Map<string, Uint8Array>()
  const add = (key: Uint8Array): unknown => keys.set(toHex(keyThumbprint(key)), key)
  for (const { logKey } of logs) add(logKey.publicKey)
  for (const statement of statements) {
    if (statement.kind === 3) statement.payload.keys.forEach(add)
    if (statement.kind === 4) [...(statement.payload.add ?? []), ...(statement.payload.keys ?? [])].forEach(add)
  }
  return keys
}

export interface VerifiedStatements {
  readonly statements: ReadonlyMap<CidText, ViewedStatement>
  readonly valid: number
  readonly invalid: readonly CidText[]
  /** Statements by a key that nobody in evidence introduced. */
  readonly unknownKey: readonly CidText[]
}

/** So many are under way at once: enough to keep a thread pool busy, few enough to bound memory. */
const CONCURRENT = 512

export async function verifyStatements(
  decoded: DecodedEntries,
  keys: Keys,
  verifier: SignatureVerifier,
): Promise<VerifiedStatements> {
  const all = [...decoded.statements.values()]
  const results: boolean[] = []
  for (let start = 0; start < all.length; start += CONCURRENT) {
    const slice = all.slice(start, start + CONCURRENT)
    // One slice after the other is the point: all at once would hold every pending verification in memory.
    results.push(...(await Promise.all(slice.map(({ statement }) => verifyOne(statement, keys, verifier)))))
  }
  const statements = new Map<CidText, ViewedStatement>()
  const invalid: CidText[] = []
  const unknownKey: CidText[] = []
  for (const [i, { statement, placements }] of all.entries()) {
    const isSignatureValid = results[i] === true
    statements.set(statement.id, { statement, placements, isSignatureValid })
    if (isSignatureValid) continue
    if (keys.has(toHex(statement.kid))) invalid.push(statement.id)
    else unknownKey.push(statement.id)
  }
  return { statements, valid: all.length - invalid.length - unknownKey.length, invalid, unknownKey }
}

async function verifyOne(statement: Statement, keys: Keys, verifier: SignatureVerifier): Promise<boolean> {
  const key = keys.get(toHex(statement.kid))
  return key !== undefined && verifier.verify(key, statement.signedBytes, statement.signature)
}
