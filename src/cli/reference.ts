/**
 * What a person may write where a statement or party is meant: its CID, a statement file, or the name of a party whose
 * statement lies in the home folder.
 */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { cidOf, isCid, parseCid } from '../encoding/cid.ts'
import type { CidText } from '../encoding/cid.ts'
import { fromHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import type { Context } from './context.ts'
import { readInput } from './files.ts'
import { partiesFolder } from './key-file.ts'

const MAX_STATEMENT_BYTES = 65_535

/** @throws LedgerError CID_MALFORMED, FILE_NOT_FOUND */
export async function resolveReference(context: Context, text: string): Promise<CidText> {
  if (isCid(text)) return text
  if (text.endsWith('.cose')) return cidOf(await readInput(text, MAX_STATEMENT_BYTES))
  const local = join(partiesFolder(context.home), `${text}.cose`)
  if (/^[a-z0-9._-]+$/u.test(text) && (await exists(local))) return cidOf(await readInput(local, MAX_STATEMENT_BYTES))
  return parseCid(text)
}

export async function resolveReferences(context: Context, texts: readonly string[]): Promise<CidText[]> {
  return Promise.all(texts.map((text) => resolveReference(context, text)))
}

/** @throws LedgerError HEX_MALFORMED unless 64 hex digits */
export function parseDigest(text: string, where: string): Uint8Array {
  if (/^[0-9a-f]{64}$/u.test(text)) return fromHex(text)
  throw new LedgerError('HEX_MALFORMED', `${where}: expected a SHA-256 of 64 hex digits, found "${text}"`)
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
