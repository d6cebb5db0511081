/**
 * What a use takes over from the models it started from: the worst own outcome of their makers, and of the makers of
 * their parents, over the datasets whose terms reach that far (docs/terms.md C, "inherited").
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { REFERS_TO_CID, type Subject } from '../statement/references.ts'
import { isOfLineage } from './dataset-version.ts'
import { type Asked, judgeUse } from './judge-use.ts'
import { makersOf } from './makers.ts'
import { missing } from './absence.ts'
import { all, type Judgement, reason } from './reason.ts'
import { isSupported } from './amendments.ts'
import { mayAct, signedAct } from './signer.ts'
import { type UseChain, outputsOf, statementsOf } from './use-facts.ts'
import {
  type DatasetVerdict,
  type InheritedVerdict,
  type Outcome,
  type Reason,
  compareOutcomes,
  compareText,
  sortReasons,
  worstOutcome,
} from './verdict.ts'

/** @returns undefined for a use that started from no model */
export function inheritedBy(asked: Asked, chain: UseChain): InheritedVerdict | undefined {
  const parents = parentsOf(chain)
  if (parents.size === 0) return undefined
  const parts = [...parents.values()].flatMap((model) => fromModel(asked, model, 1, new Set([chain.rootAct.id])))
  const outcome = worstOutcome(parts.map((part) => part.outcome))
  const reasons = parts.filter((part) => part.outcome === outcome || part.isReported).flatMap((part) => part.reasons)
  return { outcome, reasons: sortReasons(reasons) }
}

interface Part {
  readonly outcome: Outcome
  readonly reasons: readonly Reason[]
  /** Said whatever the outcome is: it was cleared, does not reach this far, or nobody knows who made it. */
  readonly isReported?: boolean
}

function parentsOf(chain: UseChain): ReadonlyMap<string, Uint8Array> {
  const models = statementsOf(chain).flatMap(({ act }) => act.payload.parents ?? [])
  return new Map(models.map((model) => [toHex(model), model]))
}

/** @param steps how many models up; 1 = the use's own parents */
function fromModel(asked: Asked, model: Uint8Array, steps: number, seen: ReadonlySet<CidText>): readonly Part[] {
  const makers = makersOf(asked.ledger, model)
  if (makers.length === 0) {
    const values = { what: `a usage that made the model ${toHex(model)}` }
    return [{ outcome: 'undetermined', reasons: [reason('EVIDENCE_MISSING', [], { values })], isReported: true }]
  }
  return makers
    .filter((maker) => !seen.has(maker.rootAct.id))
    .flatMap((maker) => {
      const below = new Set(seen).add(maker.rootAct.id)
      const further = [...parentsOf(maker).values()].flatMap((each) => fromModel(asked, each, steps + 1, below))
      return ownParts(asked, maker, steps).concat(further)
    })
}

function ownParts(asked: Asked, maker: UseChain, steps: number): readonly Part[] {
  const { verdict } = judgeUse(asked, maker)
  const parts = verdict.datasets.map((dataset) => fromDataset(asked, maker, dataset, steps))
  const worst = worstOutcome(verdict.datasets.map(({ outcome }) => outcome))
  // What concerns the use as a whole, such as a false attestation, belongs to no dataset's terms.
  const isWorse = compareOutcomes(verdict.outcome, worst) > 0
  return isWorse ? [...parts, taken(verdict.outcome, [maker.rootAct.id])] : parts
}

function fromDataset(asked: Asked, maker: UseChain, dataset: DatasetVerdict, steps: number): Part {
  const { outcome } = dataset
  if (outcome === 'compliant') return { outcome, reasons: [] }
  const ids = [maker.rootAct.id, dataset.version]
  if (!reaches(asked, dataset, steps))
    return { outcome: 'compliant', reasons: [reason('REACH_EXCEEDED', ids)], isReported: true }
  const settled = settlementOf(asked, maker, dataset)
  if (settled?.judgement.value === 'T') {
    const cleared = reason('INHERITED_CLEARED', [...ids, settled.id])
    return { outcome: 'compliant', reasons: [cleared], isReported: true }
  }
  // What may have been settled stands neither against the use nor for it.
  if (settled !== undefined && outcome !== 'pending')
    return { outcome: 'undetermined', reasons: settled.judgement.reasons }
  return taken(outcome, ids)
}

function taken(outcome: Outcome, ids: readonly CidText[]): Part {
  if (outcome === 'violation' || outcome === 'breach') return { outcome, reasons: [reason('INHERITED_VIOLATION', ids)] }
  const values = { what: 'the outcome of a use that this one builds on' }
  return { outcome, reasons: outcome === 'undetermined' ? [reason('EVIDENCE_MISSING', ids, { values })] : [] }
}

function reaches({ ledger }: Asked, { terms }: DatasetVerdict, steps: number): boolean {
  const payload = terms === undefined ? undefined : ledger.find(7, terms)?.payload
  const reach = payload !== undefined && isSupported(payload) ? (payload.reach ?? 'transitive') : 'transitive'
  return reach === 'transitive' || (reach === 'direct' && steps === 1)
}

interface Settled {
  readonly id: CidText
  /** T or U: whether the owner of the dataset concerned signed it. */
  readonly judgement: Judgement
}

/** The settlement of a claim about this use or its models, signed for the owner of the dataset concerned; a sure one first. */
function settlementOf({ ledger }: Asked, maker: UseChain, { version, lineage }: DatasetVerdict): Settled | undefined {
  const owner = lineage === undefined ? undefined : ledger.find(5, lineage)?.payload.owner
  const uses = new Set<CidText>(statementsOf(maker).map(({ act }) => act.id))
  const outputs = outputsOf(maker)
  const respondent: Subject = { type: REFERS_TO_CID, subject: maker.rootAct.iss as CidText }
  const settlements = ledger
    .referring(20, respondent)
    .filter(({ payload }) => payload.respondent === maker.rootAct.iss)
    .flatMap((claim) => ledger.linked(23, claim.id).map((settlement) => ({ settlement, claim: claim.payload })))
    .toSorted((a, b) => compareText(a.settlement.id, b.settlement.id))
  const found = settlements.flatMap(({ settlement, claim }): Settled[] => {
    const isAboutUse = claim.use === undefined || uses.has(ledger.canonical(claim.use))
    const isAboutModel = claim.model === undefined || outputs.has(toHex(claim.model))
    const isAboutDataset =
      claim.dataset === undefined || lineage === undefined || isOfLineage(ledger, claim.dataset, lineage)
    if (!isAboutUse || !isAboutModel || !isAboutDataset) return []
    const { id } = settlement
    if (owner === undefined)
      return [{ id, judgement: missing('the dataset that the settlement is about', [id, version]) }]
    const signed = signedAct(ledger, settlement)
    const judgement = all([signed.judgement, mayAct(ledger, signed, [owner], 'settlement', lineage)])
    return judgement.value === 'F' ? [] : [{ id, judgement }]
  })
  return found.find(({ judgement }) => judgement.value === 'T') ?? found[0]
}
