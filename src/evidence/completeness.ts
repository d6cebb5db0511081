/**
 * Is what the verdict rests on all there? A replayed log holds every entry. Of a log that is here in parts its index tells,
 * question by question: evaluation says what it asks for (Inquiry), and each answer has to be proved complete by an index
 * that mirrors of the policy vouch for.
 */
import { toHex } from '../encoding/bytes.ts'
import { isLedgerError } from '../errors.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { kindName } from '../statement/kind.ts'
import type { ReadKind } from '../statement/payload.ts'
import type { Subject } from '../statement/references.ts'
import { SubjectKeys } from '../subject-index/subject-key.ts'
import type { ProvenIndex } from '../subject-index/verify-evidence.ts'
import { reason } from '../terms/reason.ts'
import { unsettled, type Verdict } from '../terms/verdict.ts'
import type { EvidenceView } from '../terms/view.ts'
import type { VerifiedLog } from './verify-log.ts'

export interface Evaluated {
  readonly verdict: Verdict
  /** By origin of a log in parts: what the evidence does not answer, in words. */
  readonly gaps: ReadonlyMap<string, string>
}

/**
 * The verdict, where everything that it rests on is there; otherwise nothing is settled. Whoever put the evidence together
 * can then change no verdict into another one by leaving something out.
 *
 * @param logs the accepted ones
 * @param evaluate asks only what the inquiry of the view is told
 */
export function evaluateWhatIsComplete(
  view: EvidenceView,
  logs: readonly VerifiedLog[],
  evaluate: (view: EvidenceView) => Verdict,
  sha256: Sha256,
): Evaluated {
  const keys = new SubjectKeys(sha256)
  const inParts = logs
    .filter(({ isReplayed }) => !isReplayed)
    .map(({ origin, index, entries }) => {
      const isBelieved = (view.logs.get(origin)?.completeUpTo ?? 0) > 0
      const answers = index === undefined || !isBelieved ? undefined : new IndexAnswers(index.proven, entries, keys)
      return { origin, answers }
    })
  if (inParts.length === 0) return { verdict: evaluate(view), gaps: new Map() }
  const gaps = new Map<string, string>()
  const inquiry = {
    listed: (kind: ReadKind, subjects: readonly Subject[]): void => {
      for (const { origin, answers } of inParts)
        if (!gaps.has(origin) && answers?.holds(kind, subjects) !== true) gaps.set(origin, describe(kind, subjects))
    },
    missed: (): void => {},
  }
  const verdict = evaluate({ ...view, inquiry })
  const open = [...gaps].map(([origin, what]) =>
    reason('EVIDENCE_MISSING', [], { values: { what: `${what}, in ${origin}` } }),
  )
  return { verdict: open.length === 0 ? verdict : unsettled(verdict, open), gaps }
}

/** What the evidence from one log answers completely. */
class IndexAnswers {
  private readonly proven: ProvenIndex
  private readonly placed: ReadonlySet<number>
  private readonly keys: SubjectKeys
  private readonly known = new Map<string, boolean>()

  constructor(proven: ProvenIndex, entries: VerifiedLog['entries'], keys: SubjectKeys) {
    this.proven = proven
    this.placed = new Set(entries.map(({ index }) => index))
    this.keys = keys
  }

  /** What refers to all of the subjects is on the list of each, so one list that is all here is enough. */
  holds(kind: ReadKind, subjects: readonly Subject[]): boolean {
    return subjects.some((subject) => {
      const key = this.keys.of(subject)
      const name = `${kind} ${toHex(key)}`
      const known = this.known.get(name)
      if (known !== undefined) return known
      const answer = this.holdsList(key, kind)
      this.known.set(name, answer)
      return answer
    })
  }

  private holdsList(key: Hash, kind: ReadKind): boolean {
    try {
      return this.proven.list(key, kind).every(({ index }) => this.placed.has(index))
    } catch (error) {
      // The evidence does not show this subject, or not this list.
      if (isLedgerError(error)) return false
      throw error
    }
  }
}

function describe(kind: ReadKind, subjects: readonly Subject[]): string {
  const [first, ...more] = subjects.map(({ subject }) => (typeof subject === 'string' ? subject : toHex(subject)))
  return `every ${kindName(kind)} that refers to ${first ?? ''}${more.length === 0 ? '' : ` and ${more.length} more`}`
}
