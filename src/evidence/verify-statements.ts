/**
 * The statements of a bundle: decoding the proved entries, finding the key each one names, and verifying all signatures.
 *
 * A log commits to bytes, not to their truth: an entry that is no statement, or whose signature is bad, is the log's
 * carelessness. It stays in the log, has no effect, and is reported; bytes that are not those the log committed to never
 * come this far.
 */
import type { CidText } from '../encoding/cid.ts'
import { isLedgerError } from '../errors.ts'
import type { Statement } from '../statement/envelope.ts'
import { decodeStatement } from '../statement/envelope.ts'
import type { Placement, ViewedStatement } from '../terms/view.ts'
import type { SignatureChecks } from './signature-checks.ts'
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

/**
 * Decodes all entries, and starts to check the signatures of those in accepted logs as soon as their keys are known.
 *
 * @param accepted origins
 */
export async function decodeEntries(
  logs: readonly VerifiedLog[],
  accepted: ReadonlySet<string>,
  checks: SignatureChecks,
): Promise<DecodedEntries> {
  const statements = new Map<CidText, { statement: Statement; placements: Placement[] }>()
  const unreadable: Placement[] = []
  for (const { logKey } of logs) checks.addKey(logKey.publicKey)
  for (const entry of logs.flatMap((log) => log.entries)) {
    const { origin, index } = entry
    const statement = decodeOrUndefined(entry)
    if (statement === undefined) {
      unreadable.push({ origin, index })
      continue
    }
    const known = statements.get(statement.id)
    if (known === undefined) statements.set(statement.id, { statement, placements: [{ origin, index }] })
    else known.placements.push({ origin, index })
    checks.addKeysOf(statement)
    const earlier = accepted.has(origin) ? checks.start(statement) : undefined
    if (earlier !== undefined) await earlier
  }
  return { statements, unreadable }
}

function decodeOrUndefined({ bytes, digest }: PlacedEntry): Statement | undefined {
  try {
    return decodeStatement(bytes, () => digest)
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
    const kept = placements.every(isIn) ? placements : placements.filter(isIn)
    if (kept.length > 0) statements.set(id, { statement, placements: kept })
  }
  return { statements, unreadable: decoded.unreadable.filter(isIn) }
}

export interface VerifiedStatements {
  readonly statements: ReadonlyMap<CidText, ViewedStatement>
  readonly valid: number
  readonly invalid: readonly CidText[]
  /** Statements by a key that nobody in evidence introduced. */
  readonly unknownKey: readonly CidText[]
}

/** The outcome for every statement, those included whose keys were introduced after them. */
export async function verifyStatements(decoded: DecodedEntries, checks: SignatureChecks): Promise<VerifiedStatements> {
  for (const { statement } of decoded.statements.values()) {
    const earlier = checks.start(statement)
    if (earlier !== undefined) await earlier
  }
  await checks.finish()
  const statements = new Map<CidText, ViewedStatement>()
  const invalid: CidText[] = []
  const unknownKey: CidText[] = []
  for (const [id, { statement, placements }] of decoded.statements) {
    const isSignatureValid = checks.isValid(id)
    const isKeyUnknown = !isSignatureValid && !checks.knowsKeyOf(statement)
    statements.set(id, { statement, placements, isSignatureValid, ...(isKeyUnknown ? { isKeyUnknown } : {}) })
    if (isSignatureValid) continue
    if (isKeyUnknown) unknownKey.push(id)
    else invalid.push(id)
  }
  return { statements, valid: statements.size - invalid.length - unknownKey.length, invalid, unknownKey }
}
