/**
 * Gathers the evidence for a question: which logs matter follows from the statements themselves, and every log that
 * matters travels whole (replay), so that what is absent can be seen to be absent.
 */
import { toHex } from '../encoding/bytes.ts'
import { encodeBundle } from '../evidence/bundle.ts'
import { digestOf } from '../encoding/cid.ts'
import { planLogs, reachable } from '../evidence/collect-plan.ts'
import { type LogSource, prepareBundle, type SourceNote } from '../evidence/prepare-bundle.ts'
import { LedgerError } from '../errors.ts'
import { decodeStatement, type Statement } from '../statement/envelope.ts'
import type { BlobStore } from '../storage/blob-store.ts'
import { namesIn } from '../evidence/verify-cited.ts'
import type { Question } from '../terms/view.ts'
import type { ForkKeeper } from './fork-keeper.ts'
import type { HeldLog, LogRegistry } from './log-registry.ts'
import { nativeSha256 } from './native-crypto.ts'

/** A bundle is held in memory whole; larger logs need index proofs. */
const MAX_BUNDLE_ENTRY_BYTES = 24 << 20
const MAX_BUNDLE_BLOB_BYTES = 6 << 20

/**
 * @throws LedgerError NOT_FOUND when no held log has what is asked about; BUNDLE_LIMIT when the logs are too large
 */
export async function collectEvidence(
  { logs, forks, blobs }: { logs: LogRegistry; forks: ForkKeeper; blobs: BlobStore },
  question: Question,
): Promise<Uint8Array> {
  const sources = new Map<string, { source: LogSource; statements: readonly Statement[] }>()
  const load = (log: HeldLog): void => {
    if (!sources.has(log.origin)) {
      const source = replayOf(log, forks)
      if (source !== undefined)
        sources.set(log.origin, { source, statements: source.entries.flatMap((bytes) => decodeOrNothing(bytes)) })
    }
  }
  for (const log of logs.all()) if (mentions(log, question)) load(log)
  if (sources.size === 0)
    throw new LedgerError('NOT_FOUND', `nothing published here answers the question about ${describe(question)}`)
  // Statements name further logs; those name none that matter more than once, so this ends.
  for (let known = 0; known < sources.size;) {
    known = sources.size
    const statements = [...sources.values()].flatMap((loaded) => loaded.statements)
    for (const origin of planLogs(statements, question)) {
      const log = logs.get(origin)
      if (log !== undefined) load(log)
    }
  }
  const loaded = [...sources.values()]
  const statements = loaded.flatMap((each) => each.statements)
  const named = await readNamedBlobs(blobs, reachable(statements, question))
  const chosen = loaded.map(({ source }) => source)
  return encodeBundle(prepareBundle({ question, logs: chosen, blobs: named }, nativeSha256), nativeSha256)
}

/** The blobs held here that these statements name, as far as they fit. */
async function readNamedBlobs(blobs: BlobStore, statements: readonly Statement[]): Promise<Uint8Array[]> {
  const names = namesIn(statements)
  const found: Uint8Array[] = []
  let left = MAX_BUNDLE_BLOB_BYTES
  for (const { id, bytes } of await blobs.list()) {
    if (!names.has(id) && !names.has(toHex(digestOf(id)))) continue
    const blob = bytes > left ? undefined : await blobs.read(id)
    if (blob === undefined) continue
    left -= blob.length
    found.push(blob)
  }
  return found
}

function mentions(log: HeldLog, question: Question): boolean {
  return publishedStatements(log).some((statement) => {
    if ('use' in question) return statement.id === question.use
    if ('claim' in question) return statement.id === question.claim
    if ('grants' in question) return question.grants.includes(statement.id)
    const names =
      statement.kind === 15
        ? (statement.payload.outputs ?? []).map(({ sha256 }) => sha256)
        : statement.kind === 20
          ? [statement.payload.model]
          : []
    return names.some((name) => name !== undefined && toHex(name) === toHex(question.model))
  })
}

function publishedStatements(log: HeldLog): Statement[] {
  const size = Math.min(log.store.notes.newestSize() ?? 0, log.store.size)
  return readAll(log, size).flatMap((bytes) => decodeOrNothing(bytes))
}

function replayOf(log: HeldLog, forks: ForkKeeper): (LogSource & { mode: 'replay' }) | undefined {
  const { notes } = log.store
  const all: SourceNote[] = []
  for (const { size, note } of notes.notes()) {
    if (size > log.store.size) break
    const rootSignature = notes.rootSignatureAt(size)
    all.push(rootSignature === undefined ? { note } : { note, rootSignature })
  }
  const newest = notes.newestSize()
  const latest = notes.latest()
  if (
    latest !== undefined &&
    latest.size === newest &&
    latest.size <= log.store.size &&
    toHex(latest.note) !== toHex(all.at(-1)?.note ?? new Uint8Array(0))
  ) {
    all.push({ note: latest.note })
  }
  if (all.length === 0) return undefined
  const fork = forks.find(log.origin)
  const size = Math.min(newest ?? 0, log.store.size)
  return {
    mode: 'replay',
    origin: log.origin,
    notes: all,
    entries: readAll(log, size),
    ...(fork === undefined ? {} : { forks: [{ proof: fork.proof }] }),
  }
}

function readAll(log: HeldLog, size: number): Uint8Array[] {
  const entries: Uint8Array[] = []
  let bytes = 0
  while (entries.length < size) {
    const page = log.store.readEntries(entries.length, size - entries.length, 1 << 20)
    for (const entry of page) {
      bytes += entry.length
      entries.push(entry)
    }
    if (bytes > MAX_BUNDLE_ENTRY_BYTES) {
      throw new LedgerError('BUNDLE_LIMIT', `the log ${log.origin} is too large to travel whole`, {
        hint: 'export the log instead: tally export',
      })
    }
  }
  return entries
}

function decodeOrNothing(bytes: Uint8Array): Statement[] {
  try {
    return [decodeStatement(bytes)]
  } catch {
    return []
  }
}

function describe(question: Question): string {
  if ('use' in question) return `use ${question.use}`
  if ('claim' in question) return `claim ${question.claim}`
  if ('grants' in question) return `grant ${question.grants.join(', ')}`
  return `model ${toHex(question.model)}`
}
