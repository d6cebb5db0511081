/**
 * What the cosignatures on a log's notes are worth under the verifier's policy: since when, and how late, a quorum saw
 * each size (C2SP tlog-cosignature, tlog-policy; docs/protocol.md, "Time").
 */
import type { Note } from '../note/note.ts'
import { verifyCosignature } from '../note/cosignature.ts'
import { isQuorum, quorumTimes } from '../note/quorum.ts'
import { MIRRORS_GROUP, type PolicyWitness, type TrustPolicy } from '../note/trust-policy.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import type { CheckpointTime, LogView } from '../terms/view.ts'
import type { StepRecorder } from './steps.ts'
import type { Electorate } from './trust.ts'
import { refusalOf } from './trust.ts'
import type { VerifiedLog } from './verify-log.ts'

export interface CountedCosignature {
  /** Name of the witness in the policy. */
  readonly name: string
  /** Unix seconds. */
  readonly timestamp: number
}

export interface IgnoredCosignature {
  readonly name: string
  readonly reason: string
}

export interface WeighedNote {
  /** Unix seconds; undefined without a quorum. */
  readonly first?: number
  readonly fresh?: number
  readonly counted: readonly CountedCosignature[]
  readonly ignored: readonly IgnoredCosignature[]
  /** Names of mirrors that hold every entry up to this note. */
  readonly mirrors: readonly string[]
  /** Names of all witnesses and mirrors of the policy that signed it, whether they count or not. */
  readonly present: readonly string[]
  /** Names of the keys on it that the policy does not know: nobody checked their lines. */
  readonly unknown: readonly string[]
}

/**
 * @throws LedgerError SIGNATURE_INVALID, NOTE_MALFORMED, COSIGNATURE_MALFORMED when the line of a key of the policy is bad
 */
export async function weighNote(
  note: Note,
  logKey: VerifierKey,
  policy: TrustPolicy,
  electorate: Electorate,
  verifier: SignatureVerifier,
): Promise<WeighedNote> {
  const dated = new Map<string, number>()
  await Promise.all(
    policy.witnesses.map(async ({ name, key }) => {
      const cosignature = await verifyCosignature(note, key, verifier)
      if (cosignature !== undefined) dated.set(name, cosignature.timestamp)
    }),
  )
  const signed = electorate.members.filter(({ witness }) => dated.has(witness.name))
  const eligible = signed.filter(({ refusal }) => refusal === undefined).map(({ witness }) => witness)
  const voters = electorate.onePerOperator(eligible)
  const counted = voters.map(({ name }) => ({ name, timestamp: dated.get(name) ?? 0 }))
  const ignored = [
    ...signed.flatMap(({ witness, refusal }) =>
      refusal === undefined ? [] : [{ name: witness.name, reason: refusal }],
    ),
    ...eligible
      .filter((witness) => !voters.includes(witness))
      .map(({ name }) => ({ name, reason: 'its operator counts already' })),
  ]
  const unknown = linesOfOthers(note, [logKey, ...policy.witnesses.map(({ key }) => key)])
  return {
    ...quorumTimes(policy, counted),
    counted,
    ignored: [...ignored, ...unknown.map((name) => ({ name, reason: 'its key is not in your policy' }))],
    mirrors: namesIn(electorate.mirrors, dated),
    present: namesIn(policy.witnesses, dated),
    unknown,
  }
}

/** A log and what its notes are worth. */
export interface WeighedLog {
  readonly log: VerifiedLog
  readonly electorate: Electorate
  /** Why the policy does not take it; undefined when it does. */
  readonly refusal: string | undefined
  /** One for each of log.notes. */
  readonly notes: readonly WeighedNote[]
  /** Names of the keys on the notes of fork proofs, beside the log's own: nobody checked their lines. */
  readonly forkLines: readonly string[]
  /** Of a log in parts whose index is in evidence. */
  readonly index?: {
    /** Mirrors of the policy that recomputed it; undefined: they are not enough. */
    readonly mirrors?: readonly string[]
    /** Keys on its note that the policy does not know. */
    readonly unknown: readonly string[]
  }
}

/** @returns undefined when a line of a key of the policy is bad; the recorder then says which */
export async function weighLog(
  log: VerifiedLog,
  policy: TrustPolicy,
  electorate: Electorate,
  verifier: SignatureVerifier,
  recorder: StepRecorder,
): Promise<WeighedLog | undefined> {
  const weighed = await Promise.all(
    log.notes.map(async ({ note }) => {
      try {
        return await weighNote(note, log.logKey, policy, electorate, verifier)
      } catch (error) {
        recorder.threw('cosignatures', log.origin, error)
        return undefined
      }
    }),
  )
  const notes = weighed.filter((note) => note !== undefined)
  if (notes.length < log.notes.length) return undefined
  const lines = notes.reduce((sum, { present }) => sum + present.length, 0)
  recorder.passed('cosignatures', log.origin, `${lines} by witnesses of your policy, on ${notes.length} checkpoints`)
  const forkLines = new Set(log.forkNotes.flatMap((note) => linesOfOthers(note, [log.logKey])))
  const weighedLog = { log, electorate, refusal: refusalOf(policy, log), notes, forkLines: [...forkLines] }
  if (log.index === undefined) return weighedLog
  try {
    const note = await weighNote(log.index.note, log.logKey, policy, electorate, verifier)
    const mirrors = mirrorsOfIndex(notes, log, electorate, note)
    const isVouchedFor = mirrors.size > 0 && isQuorum(policy, MIRRORS_GROUP, mirrors)
    if (isVouchedFor)
      recorder.passed('index', log.origin, `recomputed by ${mirrors.size} of the mirrors of your policy`)
    else
      recorder.skipped(
        'index',
        log.origin,
        'too few mirrors of your policy recomputed it, so what it does not list may be there; whole logs need nobody: tally bundle make --replay',
      )
    return { ...weighedLog, index: { unknown: note.unknown, ...(isVouchedFor ? { mirrors: [...mirrors] } : {}) } }
  } catch (error) {
    recorder.threw('index', log.origin, error)
    return undefined
  }
}

/** A mirror that cosigned the last checkpoint under any of its notes holds its index; every operator counts once. */
function mirrorsOfIndex(
  notes: readonly WeighedNote[],
  log: VerifiedLog,
  electorate: Electorate,
  own: WeighedNote,
): ReadonlySet<string> {
  const size = log.notes.at(-1)?.checkpoint.size
  const same = notes.filter((_, i) => log.notes[i]?.checkpoint.size === size)
  const names = new Set([own, ...same].flatMap(({ mirrors }) => mirrors))
  const mirrors = electorate.onePerOperator(electorate.mirrors.filter(({ name }) => names.has(name)))
  return new Set(mirrors.map(({ name }) => name))
}

/** By ascending size; the notes of one size are taken together: the earliest first time, the latest fresh one. */
export function checkpointTimes({ log, notes }: WeighedLog): CheckpointTime[] {
  const bySize = new Map<number, CheckpointTime>()
  for (const [i, { checkpoint }] of log.notes.entries()) {
    const { size } = checkpoint
    const before = bySize.get(size)
    const first = [before?.first, notes[i]?.first].filter((time) => time !== undefined)
    const fresh = [before?.fresh, notes[i]?.fresh].filter((time) => time !== undefined)
    bySize.set(size, {
      size,
      ...(first.length === 0 ? {} : { first: Math.min(...first) }),
      ...(fresh.length === 0 ? {} : { fresh: Math.max(...fresh) }),
    })
  }
  return [...bySize.values()]
}

/** @param forkedAt as in VerifiedLog; undefined: no fork shown */
export function logView(weighed: WeighedLog, forkedAt: number | undefined): LogView {
  const { log } = weighed
  const size = log.notes.at(-1)?.checkpoint.size ?? 0
  return {
    origin: log.origin,
    operator: log.genesis.operator,
    times: checkpointTimes(weighed),
    completeUpTo: log.isReplayed || weighed.index?.mirrors !== undefined ? size : 0,
    ...(forkedAt === undefined ? {} : { forkedAt }),
  }
}

function linesOfOthers(note: Note, keys: readonly VerifierKey[]): string[] {
  const others = note.signatures.filter(
    ({ name, keyId }) => !keys.some((key) => key.name === name && key.keyId === keyId),
  )
  return others.map(({ name }) => name)
}

function namesIn(witnesses: readonly PolicyWitness[], dated: ReadonlyMap<string, number>): string[] {
  return witnesses.map(({ name }) => name).filter((name) => dated.has(name))
}
