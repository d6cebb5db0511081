/**
 * Why a verdict is what it is, for a person: each reason once, those of the worst parts first, and apart from them what does
 * not count while the record is incomplete.
 */
import { type Language, sentence } from '../terms/sentences/messages.ts'
import type { ReasonCode } from '../terms/reason-code.ts'
import type { Outcome, Reason } from '../terms/verdict.ts'
import { compareOutcomes } from '../terms/verdict.ts'
import type { Report } from './report.ts'
import type { ReportWords } from './report-words.ts'
import { item, type TextLine } from './text-line.ts'

/** The record does not show all that it would have to: what is found then may turn out otherwise. */
const INCOMPLETE: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'EVIDENCE_ERASED',
  'EVIDENCE_MISSING',
  'LOG_EQUIVOCATION',
  'NO_QUORUM',
  'STALE_VIEW',
])

/** Why something is not settled; any other reason speaks for or against the use. */
const UNSETTLING: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  ...INCOMPLETE,
  'AFFILIATION_UNKNOWN',
  'CREDENTIAL_CONFLICT',
  'CREDENTIAL_EXPIRED',
  'DATASET_VERSION_UNKNOWN',
  'FACT_UNKNOWN',
  'ISSUER_FORK',
  'KEY_COMPROMISED',
  'NOT_SPECIFIC_ENOUGH',
  'ORDER_UNPROVEN',
  'PAYMENT_REVERSED',
  'PAYMENT_UNACKNOWLEDGED',
  'PROFILE_UNSUPPORTED',
  'UNATTESTED_USE_ALLEGED',
])

interface Found {
  readonly reason: Reason
  /** The dataset and, among several uses, the run it is about; undefined: the use or claim as a whole. */
  readonly where: string | undefined
  readonly isSetAside: boolean
}

export function whyLines(report: Report, words: ReportWords): TextLine[] {
  const found = reasonsOf(report, words)
  const counting = found.filter(({ isSetAside }) => !isSetAside)
  const why = sentences(counting, partsOf(report), words.language)
  const aside = sentences(
    found.filter(({ isSetAside }) => isSetAside),
    partsOf(report),
    words.language,
  )
  return [
    ...(why.length === 0 ? [] : [item('', words.say('why'))]),
    ...why.map((each, i) => item(`  ${i + 1}. `, each)),
    ...settleLines(report, counting, words),
    ...(aside.length === 0 ? [] : [item('', words.say('set-aside'))]),
    ...aside.map((each) => item('  - ', each)),
  ]
}

function partsOf({ verdict }: Report): number {
  return (verdict?.uses ?? []).reduce((sum, { datasets }) => sum + datasets.length, 0)
}

function reasonsOf({ verdict, about }: Report, words: ReportWords): Found[] {
  const { uses, claims } = verdict ?? { uses: [], claims: [] }
  const parts: { outcome: Outcome; reasons: readonly Reason[]; where?: string; isOpen: boolean }[] = []
  for (const [i, use] of uses.entries()) {
    const named = about.uses[i]
    const run = uses.length > 1 && use.run !== undefined ? `${words.run(use.run)}: ` : ''
    const isUseOpen = use.outcome === 'undetermined' && use.reasons.some(isIncomplete)
    for (const [j, dataset] of use.datasets.entries()) {
      const title = named?.datasets[j]
      const isOpen = dataset.outcome === 'undetermined' && (isUseOpen || dataset.reasons.some(isIncomplete))
      parts.push({
        ...dataset,
        isOpen,
        ...(title === undefined ? {} : { where: `${run}${words.dataset(title)}` }),
      })
    }
    parts.push({ ...use, isOpen: isUseOpen })
    if (use.inherited !== undefined) parts.push({ ...use.inherited, isOpen: false })
  }
  return [
    ...parts
      .toSorted((a, b) => compareOutcomes(b.outcome, a.outcome))
      .flatMap(({ reasons, where, isOpen }) =>
        reasons.map((reason) => ({ reason, where, isSetAside: isOpen && !UNSETTLING.has(reason.code) })),
      ),
    ...claims.flatMap(({ reasons }) => reasons.map((reason) => ({ reason, where: undefined, isSetAside: false }))),
  ]
}

function isIncomplete({ code }: Reason): boolean {
  return INCOMPLETE.has(code)
}

/** Each sentence once, with all its clauses; among several datasets also with those that it is about. */
function sentences(found: readonly Found[], parts: number, language: Language): string[] {
  const merged = new Map<string, { code: ReasonCode; clauses: Set<string>; wheres: Set<string> }>()
  for (const { reason, where } of found) {
    const { code, clause, values } = reason
    const text = sentence(code, values, language)
    const key = `${code} ${text}`
    const entry = merged.get(key) ?? { code, clauses: new Set(), wheres: new Set() }
    if (clause !== undefined) entry.clauses.add(clause)
    if (where !== undefined) entry.wheres.add(where)
    merged.set(key, entry)
  }
  return [...merged].map(([key, { code, clauses, wheres }]) => {
    const text = key.slice(code.length + 1)
    const about = parts > 1 && wheres.size > 0 ? ` (${[...wheres].join('; ')})` : ''
    return `${text} [${[code, ...clauses].join(', ')}]${about}`
  })
}

/** What would settle it, where somebody can be asked for it. */
function settleLines({ logs }: Report, found: readonly Found[], words: ReportWords): TextLine[] {
  const codes = new Set(found.map(({ reason }) => reason.code))
  const accepted = logs.filter(({ refusal }) => refusal === undefined)
  const isInParts = accepted.some(({ completeness }) => completeness === 'none')
  const isUnreachable = accepted.some(({ quorum }) => quorum.k === undefined)
  const steps = [
    ...(codes.has('STALE_VIEW') ? ['STALE_VIEW'] : []),
    // No file can have more cosignatures than the policy has witnesses that can count.
    ...(codes.has('NO_QUORUM') ? [isUnreachable ? 'NO_QUORUM-unreachable' : 'NO_QUORUM'] : []),
    ...(codes.has('EVIDENCE_MISSING') ? [isInParts ? 'EVIDENCE_MISSING-parts' : 'EVIDENCE_MISSING'] : []),
  ]
  const what = steps.map((key) => words.say(`settle-${key}`)).join('; ')
  return what === '' ? [] : [item('  ', words.say('settle', { what }))]
}
