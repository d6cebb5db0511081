/**
 * Would this use be allowed, if it were attested now? The evaluator itself answers: the evidence is given one usage more,
 * as if it had been witnessed as late as every log that counts is known, and the verdict on it is the answer.
 *
 * Logs are known up to different moments. A violation that only shows between the earliest and the latest of them, such as a
 * revocation, counts all the same: whoever asks before a run wants to know what is known. Nothing in the use's favour is
 * taken from that time, because a log that is not known so far might hold the opposite.
 */
import { fromHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { decodeStatement, prepareStatement, signStatement } from '../statement/envelope.ts'
import type { Usage } from '../statement/usage.ts'
import { evaluate } from './evaluate.ts'
import { keyHistory } from './key-history.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { asOfLog } from './named-logs.ts'
import { reason } from './reason.ts'
import { provenTimes } from './time-interval.ts'
import type { Reason, Verdict } from './verdict.ts'
import type { EvidenceView, Inquiry, TrustView, ViewedStatement } from './view.ts'

/** What somebody intends to do; facts left out are unknown, as in a usage. */
export interface IntendedUse {
  readonly user: CidText
  readonly usage: Omit<Usage, 'run' | 'from' | 'to' | 'prev'>
}

/** A name that no log can have: origins hold no spaces. */
const IMAGINED_LOG = 'imagined log'
const RUN = 'intended'
const NOT_PROVED = ['intended-use-happens'] as const

/** @returns a verdict on exactly one use, which has no id: it is no statement */
export function evaluateIntended(view: EvidenceView, trust: TrustView, intended: IntendedUse): Verdict {
  const counting = [...countingLogs(openLedger(view), intended)].map((origin) => view.logs.get(origin))
  const logs = counting.filter((log) => log !== undefined)
  const times = logs.map(asOfLog).filter((time) => time !== undefined)
  if (times.length === 0 || times.length < counting.length) return noEvidence(intended)
  // Witnesses that cosign at different seconds vouch for a checkpoint later than all of them can say that it is the newest.
  const witnessed = logs.flatMap((log) => provenTimes(log).map(({ first }) => first))
  const earliest = evaluateAt(view, trust, intended, Math.min(...times))
  const latest = evaluateAt(view, trust, intended, Math.max(...times, ...witnessed))
  return latest.outcome === 'violation' ? latest : earliest
}

function evaluateAt(view: EvidenceView, trust: TrustView, intended: IntendedUse, moment: number): Verdict {
  const statement = imagine(view, intended, moment)
  const { id } = statement.statement
  const operator = intended.user
  const log = {
    origin: IMAGINED_LOG,
    operator,
    // Not there yet, and then there: the statement is made at this moment and no earlier, so that what happened before (a
    // key that was replaced) is before it.
    times: [1, 2].map((size) => ({ size, first: moment, fresh: moment })),
    completeUpTo: 2,
  }
  const imagined: EvidenceView = {
    ...view,
    ...(view.inquiry === undefined ? {} : { inquiry: withoutImagined(view.inquiry, id) }),
    logs: new Map([...view.logs, [IMAGINED_LOG, log]]),
    statements: new Map([...view.statements, [id, statement]]),
  }
  return asImagined(evaluate(imagined, trust, { use: id }), id)
}

/** No log refers to a statement that nobody made; its id depends on the moment, which whoever collects cannot know. */
function withoutImagined(inquiry: Inquiry, id: CidText): Inquiry {
  return {
    listed: (kind, subjects) => {
      if (subjects.every(({ subject }) => subject !== id)) inquiry.listed(kind, subjects)
    },
    missed: (missing) => inquiry.missed(missing),
  }
}

/** The verdict without the id of the statement that nobody made. */
function asImagined(verdict: Verdict, id: CidText): Verdict {
  const without = (reasons: readonly Reason[]): readonly Reason[] =>
    reasons.map((each) => Object.assign({}, each, { statements: each.statements.filter((other) => other !== id) }))
  const uses = verdict.uses.map((use) => ({
    ...use,
    use: undefined,
    reasons: without(use.reasons),
    datasets: use.datasets.map((dataset) => Object.assign({}, dataset, { reasons: without(dataset.reasons) })),
  }))
  return { ...verdict, uses, notProved: NOT_PROVED }
}

/** The usage as its user would sign it; nobody signed it, and nobody is asked to believe so. */
function imagine(view: EvidenceView, { user, usage }: IntendedUse, moment: number): ViewedStatement {
  const nobody = { publicKey: new Uint8Array(32), sign: () => new Uint8Array(64) }
  const payload: Usage = { ...usage, run: RUN, from: moment, to: moment }
  const bytes = signStatement(prepareStatement(15, payload, { iss: user }, nobody.publicKey), nobody)
  const key = currentKey(openLedger(view), user)
  const statement = decodeStatement(bytes)
  return {
    statement: key === undefined ? statement : { ...statement, kid: key },
    placements: [{ origin: IMAGINED_LOG, index: 1 }],
    isSignatureValid: true,
  }
}

/** The thumbprint of a key that signs for the party today; undefined when the party is not in evidence. */
function currentKey(ledger: Ledger, party: CidText): Uint8Array | undefined {
  const history = keyHistory(ledger, party)
  if (history === undefined) return undefined
  const keys = new Set(history.inception)
  for (const { added, revoked } of history.events) {
    for (const key of added) keys.add(key)
    for (const key of revoked) keys.delete(key)
  }
  const [first] = [...keys].sort()
  return first === undefined ? undefined : fromHex(first)
}

/** Every log in which something that decides about the use would stand. */
function countingLogs(ledger: Ledger, { user, usage }: IntendedUse): ReadonlySet<string> {
  const origins = new Set<string>(keyHistory(ledger, user)?.logs)
  for (const { grants } of usage.datasets) {
    for (const id of grants) {
      const grant = ledger.find(9, id)
      const terms = grant === undefined ? undefined : ledger.find(7, grant.payload.terms)
      const dataset = terms === undefined ? undefined : ledger.find(5, terms.payload.lineage)
      const owner = dataset === undefined ? undefined : keyHistory(ledger, dataset.payload.owner)
      for (const origin of [
        ...(grant?.payload.logs ?? []),
        ...(dataset?.payload.logs ?? []),
        ...(owner?.logs ?? []),
        ...ledger.linked(10, ledger.canonical(id), [user]).flatMap(({ payload }) => payload.log ?? []),
      ])
        origins.add(origin)
    }
  }
  return origins
}

function noEvidence({ user, usage }: IntendedUse): Verdict {
  const what = reason(
    'EVIDENCE_MISSING',
    usage.datasets.flatMap(({ grants }) => grants),
    {
      values: { what: 'a witnessed log of the grants' },
    },
  )
  return {
    instant: undefined,
    asOf: undefined,
    uses: [{ use: undefined, user, run: RUN, outcome: 'undetermined', assurance: 'A0', datasets: [], reasons: [what] }],
    claims: [],
    outcome: 'undetermined',
    notProved: NOT_PROVED,
  }
}
