/**
 * The fence: what a node may do with what its witnesses remember of it (docs/protocol.md, "Start"). Pure: answers in,
 * one decision out. A node signs only after this said `clear` for answers given under claims it still holds.
 *
 * The rules were model-checked as a whole; leaving one out lets a restored or copied folder sign a second history.
 */
import { equalBytes } from '../encoding/bytes.ts'
import type { Hash } from '../merkle/hash.ts'
import type { Head } from '../storage/head-file.ts'
import type { ReservationHead } from './witness-reply.ts'

/** A log-signed note, already checked against the own log key. */
export interface OwnNote {
  size: number
  root: Hash
  bytes: Uint8Array
}

/** The answer of one operator, given under a claim that is still held. */
export interface FenceAnswer {
  operator: string
  newest?: OwnNote
  reservation?: ReservationHead
}

export interface OwnHistory {
  /** The last size and root this copy committed itself to sign; `proposed` until it is published. */
  head: Pick<Head, 'size' | 'root' | 'state'>
  /** Entries in the tree, head.size or more; those beyond the head are not history. */
  storeSize: number
  /** Root of the own tree at a size of at most storeSize. */
  rootAt: (size: number) => Hash
}

export type FenceDecision =
  | { kind: 'clear' }
  /** Somebody holds a later note of ours: its entries must be fetched before anything is signed. */
  | { kind: 'adopt-note'; note: OwnNote; operator: string }
  /** Somebody holds a batch behind our head, which is not published: a reservation begins where the newest note ends. */
  | { kind: 'publish-head' }
  /** Somebody holds a batch this log reserved and may have signed: it must be offered again before anything new. */
  | { kind: 'adopt-reservation'; reservation: ReservationHead; operator: string }
  /** Two different reservations: only the answers of all operators can tell which one may have been signed. */
  | { kind: 'wait-for-all' }
  | { kind: 'forked'; note: OwnNote }

/**
 * @param answers of operators that count, under live claims; at least q of them
 * @param m how many operators count
 * @param q the quorum
 */
export function decideFence(own: OwnHistory, answers: readonly FenceAnswer[], m: number, q: number): FenceDecision {
  const forked = answers.find(({ newest }) => newest !== undefined && contradictsHead(own, newest))
  if (forked?.newest !== undefined) return { kind: 'forked', note: forked.newest }

  const ahead = answers
    .filter(({ newest }) => newest !== undefined && newest.size > own.head.size)
    .toSorted((a, b) => (b.newest?.size ?? 0) - (a.newest?.size ?? 0))[0]
  if (ahead?.newest !== undefined) return { kind: 'adopt-note', note: ahead.newest, operator: ahead.operator }

  const reserved = distinctReservations(own, answers)
  if (reserved.length === 0) return { kind: 'clear' }
  if (own.head.state === 'proposed') return { kind: 'publish-head' }
  const isOwn = (candidate: Reserved): boolean =>
    candidate.reservation.size === own.storeSize && equalBytes(own.rootAt(own.storeSize), candidate.reservation.root)
  const only = reserved[0]
  if (reserved.length === 1 && only !== undefined) return isOwn(only) ? { kind: 'clear' } : adopt(only)
  if (answers.length < m) return { kind: 'wait-for-all' }
  const held = reserved.find(({ operators }) => operators.length >= q)
  // None has a quorum, so none can have been signed: this copy goes on with its own.
  if (held === undefined || isOwn(held)) return { kind: 'clear' }
  return adopt(held)
}

interface Reserved {
  reservation: ReservationHead
  operators: string[]
}

function adopt(reserved: Reserved): FenceDecision {
  return { kind: 'adopt-reservation', reservation: reserved.reservation, operator: reserved.operators[0] ?? '' }
}

/** Notes up to the head must lie on this history; a larger one cannot be judged before its entries are here. */
function contradictsHead(own: OwnHistory, note: OwnNote): boolean {
  if (note.size > own.head.size || note.size === 0) return false
  return !equalBytes(note.size === own.head.size ? own.head.root : own.rootAt(note.size), note.root)
}

function distinctReservations(own: OwnHistory, answers: readonly FenceAnswer[]): Reserved[] {
  const out: Reserved[] = []
  for (const { operator, reservation } of answers) {
    if (reservation === undefined || reservation.size <= own.head.size) continue
    const same = out.find(({ reservation: r }) => r.size === reservation.size && equalBytes(r.root, reservation.root))
    if (same === undefined) out.push({ reservation, operators: [operator] })
    else same.operators.push(operator)
  }
  return out
}
