/**
 * Which logs count for one agreement, who named them, and which of them have fallen silent (docs/terms.md, "named logs",
 * "view", "absence").
 *
 * Revocations, amendments of terms and discharges of duties count only in named logs. The owner names through dataset and
 * grant, the buyer through the acceptance, so each side can name one that will admit its statements.
 */
import { provenTimes } from './time-interval.ts'
import type { EvidenceView, LogView } from './view.ts'

export type Namer = 'owner' | 'buyer'

export interface NamedLogs {
  readonly origins: ReadonlySet<string>
  /** Origins, in order of text, with who named each. */
  readonly namers: ReadonlyMap<string, ReadonlySet<Namer>>
}

export function nameLogs(byOwner: readonly string[], byBuyer: readonly string[]): NamedLogs {
  const namers = new Map<string, Set<Namer>>()
  const name = (origin: string, namer: Namer): void => {
    const known = namers.get(origin)
    if (known === undefined) namers.set(origin, new Set([namer]))
    else known.add(namer)
  }
  for (const origin of byOwner) name(origin, 'owner')
  for (const origin of byBuyer) name(origin, 'buyer')
  const sorted = new Map([...namers].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)))
  return { origins: new Set(sorted.keys()), namers: sorted }
}

/** asOf of a log: the latest fresh(C) it proves; undefined when no checkpoint has the quorum. */
export function asOfLog(log: LogView): number | undefined {
  let latest: number | undefined
  for (const { fresh } of provenTimes(log)) if (latest === undefined || fresh > latest) latest = fresh
  return latest
}

/** The earliest asOf of these logs; undefined when one of them is not in evidence or proves no time. */
export function asOfLogs(view: EvidenceView, origins: Iterable<string>): number | undefined {
  let earliest: number | undefined
  for (const origin of origins) {
    const log = view.logs.get(origin)
    const asOf = log === undefined ? undefined : asOfLog(log)
    if (asOf === undefined) return undefined
    if (earliest === undefined || asOf < earliest) earliest = asOf
  }
  return earliest
}

/**
 * Silent logs that only this side named, provided that another named log remains that is not silent. A log that is not
 * in evidence at all is missing, not silent: otherwise whoever collects evidence could silence a log by leaving it out.
 */
export function silentLogsOf(
  view: EvidenceView,
  named: NamedLogs,
  namer: Namer,
  maxStalenessSeconds: number,
): ReadonlySet<string> {
  const asOf = new Map<string, number>()
  for (const origin of named.origins) {
    const log = view.logs.get(origin)
    const latest = log === undefined ? undefined : asOfLog(log)
    if (latest !== undefined) asOf.set(origin, latest)
  }
  const latest = Math.max(...asOf.values())
  const silent = new Set<string>()
  for (const [origin, time] of asOf) {
    if (time < latest - maxStalenessSeconds || view.logs.get(origin)?.forkedAt !== undefined) silent.add(origin)
  }
  if ([...named.origins].every((origin) => silent.has(origin))) return new Set()
  const own = [...silent].filter((origin) => {
    const namers = named.namers.get(origin)
    return namers?.size === 1 && namers.has(namer)
  })
  return new Set(own)
}
