/**
 * The lock file of a buyer's pipeline: which dataset archives a build uses, under which grants, for what. It stands in the
 * buyer's repository beside the code, is read by `tally gate` and `tally usage attest`, and drawn in docs/how-to.
 *
 * Digests are hex, ids are CIDs, paths are relative to the lock file. Nothing in it is trusted: the gate compares it with
 * the files on disk and with the record.
 */
import { dirname, isAbsolute, join } from 'node:path'
import { type CidText, parseCid } from '../encoding/cid.ts'
import { isLedgerError } from '../errors.ts'
import type { Usage } from '../statement/usage.ts'
import { usageSchema } from '../statement/usage.ts'
import { closedMap, malformedAs, readJson } from './json-file.ts'

export const LOCK_SCHEMA = 'tallystick/lock/1'
const MAX_LOCK_BYTES = 4 << 20
const malformed = malformedAs('LOCK_MALFORMED', 'make it again with: tally lock')

export interface LockedDataset {
  readonly version: CidText
  readonly grants: readonly CidText[]
  /** For people. */
  readonly title?: string
  readonly label?: string
  readonly archive?: { readonly path?: string; readonly sha256: string; readonly bytes: number }
  /** A folder instead of an archive. */
  readonly manifest?: { readonly path?: string; readonly root: string }
  readonly subset?: { readonly paths?: readonly string[]; readonly percent?: number }
}

/** What the datasets are used for: the words of a usage. */
export type LockedUse = Pick<
  Usage,
  'actions' | 'purposes' | 'commercial' | 'places' | 'project' | 'capabilities' | 'openness' | 'published' | 'licence'
>

export interface Lock {
  readonly schema: typeof LOCK_SCHEMA
  readonly user: CidText
  readonly node?: string
  readonly policy?: string
  readonly use: LockedUse
  readonly datasets: readonly LockedDataset[]
}

export interface ReadLock {
  readonly lock: Lock
  /** A path in the lock file, as this process opens it. */
  readonly resolve: (path: string) => string
}

export function formatLock(lock: Lock): string {
  return `${JSON.stringify(lock, undefined, 2)}\n`
}

/** @throws LedgerError FILE_NOT_FOUND, LOCK_MALFORMED */
export async function readLock(path: string): Promise<ReadLock> {
  const value = await readJson(path, MAX_LOCK_BYTES, malformed)
  const resolve = (file: string): string => (isAbsolute(file) ? file : join(dirname(path), file))
  return { lock: lockOf(value, path), resolve }
}

const USE_FIELDS = [
  'actions',
  'purposes',
  'commercial',
  'places',
  'project',
  'capabilities',
  'openness',
  'published',
  'licence',
]

function lockOf(value: unknown, path: string): Lock {
  const lock = closed(value, path, ['schema', 'user', 'node', 'policy', 'use', 'datasets'])
  if (lock['schema'] !== LOCK_SCHEMA)
    throw malformed(path, `its schema is ${JSON.stringify(lock['schema'])}; this program reads ${LOCK_SCHEMA}`)
  const user = id(lock['user'], `${path}: user`)
  const use = closed(lock['use'], `${path}: use`, USE_FIELDS) as LockedUse
  const { datasets } = lock
  if (!Array.isArray(datasets) || datasets.length === 0 || datasets.length > 200)
    throw malformed(path, 'datasets: a list of 1 to 200 datasets was expected')
  const locked = datasets.map((each, i) => datasetOf(each, `${path}: datasets[${i}]`))
  const found: Lock = {
    schema: LOCK_SCHEMA,
    user,
    use,
    datasets: locked,
    ...textField(lock, 'node', path),
    ...textField(lock, 'policy', path),
  }
  checkAsUsage(found, path)
  return found
}

/** The closed schema of a usage says which words there are. */
function checkAsUsage(lock: Lock, path: string): void {
  try {
    usageSchema.encode({ run: 'lock', from: 0, to: 0, ...usageOf(lock) }, 'use')
  } catch (cause) {
    if (!isLedgerError(cause)) throw cause
    throw malformed(path, cause.message, cause)
  }
}

/** What a usage says about the datasets and the use, from the lock. */
export function usageOf({ use, datasets }: Lock): Omit<Usage, 'run' | 'from' | 'to'> {
  return {
    ...use,
    datasets: datasets.map(({ version, grants, subset }) => ({
      version,
      grants,
      ...(subset === undefined ? {} : { subset: subset as NonNullable<Usage['datasets'][number]['subset']> }),
    })),
  }
}

function datasetOf(value: unknown, path: string): LockedDataset {
  const dataset = closed(value, path, ['version', 'grants', 'title', 'label', 'archive', 'manifest', 'subset'])
  const { grants, archive, manifest, subset } = dataset
  if (!Array.isArray(grants) || grants.length > 32) throw malformed(path, 'grants: a list of up to 32 ids was expected')
  return {
    version: id(dataset['version'], `${path}.version`),
    grants: grants.map((grant) => id(grant, `${path}.grants`)),
    ...textField(dataset, 'title', path),
    ...textField(dataset, 'label', path),
    ...(archive === undefined ? {} : { archive: archiveOf(archive, `${path}.archive`) }),
    ...(manifest === undefined ? {} : { manifest: manifestOf(manifest, `${path}.manifest`) }),
    ...(subset === undefined ? {} : { subset: closed(subset, `${path}.subset`, ['paths', 'percent']) }),
  }
}

function archiveOf(value: unknown, path: string): NonNullable<LockedDataset['archive']> {
  const archive = closed(value, path, ['path', 'sha256', 'bytes'])
  const { bytes } = archive
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0)
    throw malformed(path, 'bytes: a whole number was expected')
  return { ...textField(archive, 'path', path), sha256: digest(archive['sha256'], `${path}.sha256`), bytes }
}

function manifestOf(value: unknown, path: string): NonNullable<LockedDataset['manifest']> {
  const manifest = closed(value, path, ['path', 'root'])
  return { ...textField(manifest, 'path', path), root: digest(manifest['root'], `${path}.root`) }
}

function closed(value: unknown, path: string, keys: readonly string[]): Record<string, unknown> {
  return closedMap(value, path, keys, malformed)
}

function textField<K extends string>(record: Record<string, unknown>, key: K, path: string): { [P in K]?: string } {
  const value = record[key]
  if (value === undefined) return {}
  if (typeof value !== 'string' || value === '') throw malformed(path, `${key}: a text was expected`)
  return { [key]: value } as { [P in K]?: string }
}

function id(value: unknown, path: string): CidText {
  try {
    return parseCid(String(value))
  } catch (cause) {
    throw malformed(path, `"${String(value)}" is no id`, cause)
  }
}

function digest(value: unknown, path: string): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/u.test(value)) return value
  throw malformed(path, `a SHA-256 of 64 hex digits was expected, not ${JSON.stringify(value)}`)
}
