/**
 * Answers peers' questions about logs: heads, entries, proofs, tiles, forks. Everything served was checked when it was
 * stored and is checked again when it is read; nothing beyond a log's signed head is served.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { proveConsistency } from '../merkle/consistency.ts'
import { proveInclusion } from '../merkle/inclusion.ts'
import { serve } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { logIdOf } from '../network/log-id.ts'
import { consistencyExchange } from '../network/messages/consistency.ts'
import { entriesExchange } from '../network/messages/entries.ts'
import { forksExchange } from '../network/messages/forks.ts'
import { type Head, headBytes, headsExchange, MAX_HEADS_PER_ANSWER } from '../network/messages/heads.ts'
import { MAX_NOTES_PER_ANSWER, type NotesAnswer, notesExchange, type PublishedNote } from '../network/messages/notes.ts'
import { proofExchange } from '../network/messages/proof.ts'
import { tilesExchange } from '../network/messages/tiles.ts'
import type { ForkKeeper } from './fork-keeper.ts'
import type { HeadSequence } from './heads.ts'
import { answerFromIndex } from './index-proofs.ts'
import type { IndexFaults } from './index-faults.ts'
import type { HeldLog, LogRegistry } from './log-registry.ts'

/** A proof holds two notes, at most some 256 KiB. */
const MAX_PROOFS_PER_ANSWER = 6
/** Half of what a response may hold: notes with many cosignatures are large. */
const MAX_HEADS_BYTES = 1 << 20

/** They come in one frame. */
const MAX_NOTES_BYTES = 1 << 20
/** A root signature and what CBOR adds. */
const NOTE_OVERHEAD_BYTES = 128

export interface ServedLogs {
  host: Host
  logs: LogRegistry
  forks: ForkKeeper
  indexFaults: IndexFaults
  heads: HeadSequence
  instance: Uint8Array
  /** Entries of a log that may be served: all of a replica, the signed part of the own log. */
  servedSize: (log: HeldLog) => number
}

export async function serveLogs(served: ServedLogs): Promise<void> {
  const { host, logs, forks, heads, instance } = served
  const held = (logId: Uint8Array, size: number): HeldLog => {
    const log = logs.getById(logId)
    if (log === undefined) throw new LedgerError('UNKNOWN_LOG', 'this log is not held here')
    if (size > served.servedSize(log))
      throw new LedgerError('NOT_FOUND', `${log.origin} has fewer than ${size} entries here`)
    return log
  }
  const changedHeads = (since: number, most: number): { heads: Head[]; nextSeq: number } => {
    const found: Head[] = []
    let bytes = 0
    let nextSeq = since
    for (const { origin, sequence } of heads.since(since)) {
      const changed = headOf(logs.get(origin))
      for (const head of changed) bytes += headBytes(head)
      if (found.length >= most || (bytes > MAX_HEADS_BYTES && found.length > 0)) return { heads: found, nextSeq }
      found.push(...changed)
      nextSeq = sequence
    }
    return { heads: found, nextSeq: heads.current }
  }
  await serve(host, headsExchange, (request) => {
    if (request.logs !== undefined) {
      const wanted = request.logs.flatMap((logId) => logs.getById(logId) ?? [])
      return { heads: wanted.flatMap((log) => headOf(log)), nextSeq: heads.current, dbEpoch: instance }
    }
    const isOurs = request.dbEpoch !== undefined && equalBytes(request.dbEpoch, instance)
    const most = Math.min(request.max ?? MAX_HEADS_PER_ANSWER, MAX_HEADS_PER_ANSWER)
    return { ...changedHeads(isOurs ? (request.sinceSeq ?? 0) : 0, most), dbEpoch: instance }
  })
  await serve(host, entriesExchange, (request) => {
    const log = held(request.logId, request.size)
    const count = Math.max(0, Math.min(request.count, request.size - request.start))
    const entries = count === 0 ? [] : log.store.readEntries(request.start, count, request.maxBytes)
    return { entries, next: request.start + entries.length }
  })
  await serve(host, notesExchange, ({ logId, from, to }) => publishedNotes(held(logId, to), from, to))
  await serve(host, consistencyExchange, ({ logId, from, to }) => {
    const log = held(logId, to)
    return { hashes: from === 0 || from === to ? [] : proveConsistency(log.store.hashReader(), from, to) }
  })
  await serve(host, proofExchange, (request) => {
    if ('keys' in request) return { evidence: answerFromIndex(held(request.logId, 0), request) }
    const log = held(request.logId, request.size)
    return { hashes: proveInclusion(log.store.hashReader(), request.index, request.size) }
  })
  await serve(host, tilesExchange, ({ logId, size, tiles }) => {
    const log = held(logId, size)
    return { tiles: tiles.map((tile) => log.store.readTile(tile)) }
  })
  // Both kinds of proof against a log, in the order in which they came: a peer asks for those behind the last it has.
  const accusations = [
    ...forks.all().map(({ proof }) => proof),
    ...served.indexFaults.all().map(({ evidence }) => evidence),
  ]
  forks.onFork(({ proof }) => accusations.push(proof))
  served.indexFaults.onFault(({ evidence }) => accusations.push(evidence))
  await serve(host, forksExchange, ({ sinceSeq }) => {
    const proofs = accusations.slice(sinceSeq, sinceSeq + MAX_PROOFS_PER_ANSWER)
    return { proofs, nextSeq: sinceSeq + proofs.length }
  })
}

/** The first notes of sizes from..to, as many as fit. */
function publishedNotes({ store: { notes } }: HeldLog, from: number, to: number): NotesAnswer {
  const found: PublishedNote[] = []
  let bytes = 0
  for (const { size, note } of notes.notes(from, to + 1)) {
    bytes += NOTE_OVERHEAD_BYTES + note.length
    if (found.length > 0 && (found.length >= MAX_NOTES_PER_ANSWER || bytes > MAX_NOTES_BYTES))
      return { notes: found, next: size }
    const rootSig = notes.rootSignatureAt(size)
    found.push(rootSig === undefined ? { note } : { note, rootSig })
  }
  return { notes: found, next: to + 1 }
}

/** The newest published head of a log; nothing where none is published yet. */
export function headOf(log: HeldLog | undefined): Head[] {
  if (log === undefined) return []
  const { notes } = log.store
  const size = notes.newestSize()
  const note = size === undefined ? undefined : notes.noteAt(size)
  if (size === undefined || note === undefined) return []
  const head: Head = { logId: logIdOf(log.origin), origin: log.origin, note, minIndex: 0, mirrorSize: log.store.size }
  const rootSignature = notes.rootSignatureAt(size)
  if (rootSignature !== undefined) head.rootSig = rootSignature
  const latest = latestOf(log)
  if (latest !== undefined && latest.size === size) head.latest = latest.note
  return [head]
}

function latestOf(log: HeldLog): { size: number; note: Uint8Array } | undefined {
  try {
    return log.store.notes.latest()
  } catch (error) {
    if (isLedgerError(error, 'STORE_CORRUPT')) return undefined
    throw error
  }
}
