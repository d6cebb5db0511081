/**
 * What a bundle brings besides logs: notes that statements cite in `seen`, and blobs that statements name. Each must be
 * named by a statement, which then vouches for every byte of it; anything else does not belong into a bundle.
 */
import { equalBytes, toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { cidFromDigest } from '../encoding/cid.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import type { Note } from '../note/note.ts'
import { parseNote } from '../note/note.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import type { Statement } from '../statement/envelope.ts'
import type { CitedNoteTimes } from '../terms/view.ts'
import type { Block } from './bundle-model.ts'
import type { StepRecorder } from './steps.ts'
import type { VerifiedLog } from './verify-log.ts'
import type { WeighedNote } from './weigh-notes.ts'

export interface CitedNotes {
  /** By hex digest of the note. */
  readonly times: ReadonlyMap<string, CitedNoteTimes>
  /** Origins of logs whose own entries contradict a note that they signed and a statement cites. */
  readonly contradicted: ReadonlySet<string>
}

export interface CitedContext {
  readonly logs: readonly VerifiedLog[]
  readonly weigh: (note: Note, log: VerifiedLog) => Promise<WeighedNote>
  readonly verifier: SignatureVerifier
  readonly recorder: StepRecorder
}

export async function verifyCitedNotes(
  blocks: readonly Block[],
  statements: Iterable<Statement>,
  context: CitedContext,
): Promise<CitedNotes> {
  const { logs, weigh, verifier, recorder } = context
  const times = new Map<string, CitedNoteTimes>()
  const contradicted = new Set<string>()
  const seen = blocks.length === 0 ? new Set<string>() : citedDigests(statements)
  for (const { digest, data } of blocks) {
    const id = cidFromDigest(digest)
    if (data === undefined || !seen.has(toHex(digest))) {
      recorder.failed(
        'cited-notes',
        id,
        'BUNDLE_MALFORMED',
        `no statement cites the note ${id}, or it is missing or damaged`,
      )
      continue
    }
    try {
      const note = parseNote(data)
      const log = logs.find(({ origin }) => origin === parseCheckpoint(note.text).origin)
      if (log === undefined) throw new LedgerError('NOTE_UNSIGNED', 'its log is not in the bundle')
      const { size, root } = await openCheckpoint(note, log.logKey, verifier)
      const { first, fresh } = await weigh(note, log)
      const ours = log.rootAt(size)
      if (ours !== undefined && !equalBytes(ours, root)) contradicted.add(log.origin)
      times.set(toHex(digest), { ...(first === undefined ? {} : { first }), ...(fresh === undefined ? {} : { fresh }) })
      recorder.passed('cited-notes', id, `a statement cites checkpoint ${size} of ${log.origin}`)
    } catch (error) {
      if (!isLedgerError(error)) throw error
      // Its author chose to cite it: that is no fault of the bundle, and it proves no time.
      recorder.skipped('cited-notes', id, `the note proves no time: ${error.message}`)
    }
  }
  return { times, contradicted }
}

function citedDigests(statements: Iterable<Statement>): Set<string> {
  const digests = new Set<string>()
  for (const { payload } of statements) if (payload?.seen !== undefined) digests.add(toHex(payload.seen))
  return digests
}

export function verifyBlobs(blocks: readonly Block[], statements: Iterable<Statement>, recorder: StepRecorder): void {
  if (blocks.length === 0) return
  const named = namesIn(statements)
  for (const { digest, data } of blocks) {
    const id: CidText = cidFromDigest(digest)
    if (data !== undefined && (named.has(id) || named.has(toHex(digest)))) {
      recorder.passed('blobs', id, `a statement names the file ${id}`)
    } else {
      recorder.failed('blobs', id, 'BUNDLE_MALFORMED', `no statement names the file ${id}, or it is missing or damaged`)
    }
  }
}

/** Whatever the payloads name: texts, and digests in hex. A blob belongs to the evidence when it is among them. */
export function namesIn(statements: Iterable<Statement>): ReadonlySet<string> {
  const named = new Set<string>()
  for (const { payload } of statements) collectNames(payload, named)
  return named
}

/** Every text and every digest in a payload; its depth is bounded by the schemas. */
function collectNames(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') into.add(value)
  else if (value instanceof Uint8Array) into.add(toHex(value))
  else if (value instanceof Map || Array.isArray(value)) for (const item of value.values()) collectNames(item, into)
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) collectNames(item, into)
}
