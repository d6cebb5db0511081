/**
 * Writes the lock file: what a node's record says about the versions and grants named, compared with the files on disk.
 */
import { stat } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { decodeBundle } from '../evidence/bundle.ts'
import { hashFolder } from '../manifest/hash-folder.ts'
import { nativeSha256 } from '../node/native-crypto.ts'
import { decodeStatement, type Statement } from '../statement/envelope.ts'
import { collectEvidence } from './collect-evidence.ts'
import { writeFileDurably } from '../storage/durable-file.ts'
import type { Context } from './context.ts'
import { digestFile } from './digest-file.ts'
import { useFromFlags } from './intended-use.ts'
import { formatLock, LOCK_SCHEMA, type LockedDataset, readLock } from './lock-file.ts'
import { resolveReference } from './reference.ts'
import { userOf } from './signing-key.ts'

export async function lock(context: Context): Promise<void> {
  const { options, output } = context
  const file = options.required('lock')
  const user = await userOf(context)
  const wanted = await Promise.all(options.list('dataset').map((text) => parseDataset(context, text)))
  const bundle = await collectEvidence(context, {
    question: { grants: [...new Set(wanted.map(({ grant }) => grant))] },
    intended: {
      user,
      usage: { ...useFromFlags(options), datasets: wanted.map(({ version, grant }) => ({ version, grants: [grant] })) },
    },
  })
  const known = statementsIn(bundle)
  const below = (path: string): string => relative(dirname(resolve(file)), resolve(path))
  const datasets: LockedDataset[] = []
  for (const { version, grant, path } of wanted) {
    const earlier = datasets.findIndex((dataset) => dataset.version === version)
    const merged = datasets[earlier]
    // The same version twice gives its grants as alternatives.
    if (merged !== undefined) datasets[earlier] = { ...merged, grants: [...merged.grants, grant] }
    else datasets.push(await lockDataset(known, { version, grant, path }, below))
  }
  const policy = options.text('policy')
  const node = options.text('node')
  const text = formatLock({
    schema: LOCK_SCHEMA,
    user,
    ...(node === undefined ? {} : { node }),
    ...(policy === undefined ? {} : { policy: below(policy) }),
    use: useFromFlags(options),
    datasets,
  })
  // Made anew whenever the datasets change.
  await writeFileDurably(file, encodeUtf8(text), { mode: 0o644 })
  // What is written is what the gate reads, or it is said now.
  await readLock(file)
  output.result(
    'lock',
    { file, datasets: datasets.map(({ version, grants }) => ({ version, grants })) },
    `${file}: ${datasets.length} ${datasets.length === 1 ? 'dataset' : 'datasets'}; check it with: tally gate --lock ${file}`,
  )
}

interface Wanted {
  readonly version: CidText
  readonly grant: CidText
  readonly path: string | undefined
}

async function parseDataset(context: Context, text: string): Promise<Wanted> {
  const at = text.indexOf('=')
  const ids = at < 0 ? text : text.slice(0, at)
  const [version, grant, extra] = ids.split(':')
  if (version === undefined || grant === undefined || extra !== undefined)
    throw new LedgerError('USAGE', `--dataset takes VERSION:GRANT or VERSION:GRANT=PATH, not "${text}"`)
  return {
    version: await resolveReference(context, version),
    grant: await resolveReference(context, grant),
    path: at < 0 ? undefined : text.slice(at + 1),
  }
}

type Known = ReadonlyMap<string, Statement>

/** Ids are digests: whatever the node sent, a statement is the one its id names. */
function statementsIn(bundle: Uint8Array): Known {
  const decoded = decodeBundle(bundle, nativeSha256)
  const blocks = [
    ...decoded.statements.map(({ entry }) => entry),
    ...decoded.logs.flatMap(({ entries }) => entries ?? []),
  ]
  const found = new Map<string, Statement>()
  for (const { data } of blocks) {
    if (data === undefined) continue
    try {
      const statement = decodeStatement(data, nativeSha256)
      found.set(statement.id, statement)
    } catch {
      // Logs may hold what this program cannot read; the gate says so where it matters.
    }
  }
  return found
}

async function lockDataset(
  known: Known,
  { version, grant, path }: Wanted,
  below: (path: string) => string,
): Promise<LockedDataset> {
  const statement = known.get(version)
  if (statement?.kind !== 6)
    throw new LedgerError('NOT_FOUND', `${version} is no dataset version in the logs of the grant ${grant}`)
  if (known.get(grant)?.kind !== 9) throw new LedgerError('NOT_FOUND', `${grant} is no grant`)
  const { label, lineage, archive, manifest } = statement.payload
  const dataset = known.get(lineage)
  const on = await fileFacts(path)
  if (on?.archive !== undefined && archive !== undefined && toHex(archive.sha256) !== on.archive.sha256)
    throw mismatch(path ?? '', `SHA-256 ${on.archive.sha256}`, toHex(archive.sha256))
  if (on?.manifest !== undefined && manifest !== undefined && toHex(manifest) !== on.manifest)
    throw mismatch(path ?? '', `manifest root ${on.manifest}`, toHex(manifest))
  if (on?.manifest !== undefined && manifest === undefined)
    throw new LedgerError('DATASET_MISMATCH', `${path ?? ''} is a folder, and version "${label}" names no manifest`, {
      hint: 'name the archive as it was published',
    })
  const where = path === undefined ? {} : { path: below(path) }
  return {
    version,
    grants: [grant],
    ...(dataset?.kind === 5 ? { title: dataset.payload.title } : {}),
    label,
    ...(archive === undefined
      ? {}
      : {
          archive: { ...(on?.archive === undefined ? {} : where), sha256: toHex(archive.sha256), bytes: archive.bytes },
        }),
    ...(manifest === undefined
      ? {}
      : { manifest: { ...(on?.manifest === undefined ? {} : where), root: toHex(manifest) } }),
  }
}

async function fileFacts(
  path: string | undefined,
): Promise<{ archive?: { sha256: string }; manifest?: string } | undefined> {
  if (path === undefined) return undefined
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (isFolder) {
    return { manifest: (await hashFolder(path, { sha256: nativeSha256 })).root }
  }
  return { archive: { sha256: toHex((await digestFile(path)).sha256) } }
}

function mismatch(path: string, found: string, expected: string): LedgerError {
  return new LedgerError('DATASET_MISMATCH', `${path} has ${found}; the version was published with ${expected}`, {
    hint: 'fetch the dataset again, or name the version you have',
  })
}
