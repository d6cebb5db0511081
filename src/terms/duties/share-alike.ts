/**
 * Duties `share-model-alike` and `share-alike`: a published model, or a derived dataset, carries a licence that the
 * dataset's own asks for (statement/tables/licences.ts). Kept internal, nothing is owed.
 */
import { REFERS_TO_CID } from '../../statement/references.ts'
import { reason } from '../reason.ts'
import { licencesAlike } from '../../statement/tables/licences.ts'
import { standingActs, undetermined } from './discharge.ts'
import { type DutyContext, type DutyRule, FULFILLED } from './duty-context.ts'

/** Licences a published model may carry; undefined where the terms name no licence. */
export function licencesOfModel({ terms }: Pick<DutyContext, 'terms'>): readonly string[] | undefined {
  const licence = terms.licence?.spdx ?? terms.licence?.name
  return licence === undefined ? undefined : licencesAlike(licence)
}

export const shareModelAlike: DutyRule = (context, { id }) => {
  const { use, termsId } = context
  if (use.published === false) {
    return { outcome: 'compliant', reasons: [reason('DUTY_NOT_TRIGGERED', [termsId], { clause: id })] }
  }
  const unknown = (what: string): ReturnType<DutyRule> =>
    undetermined(id, [reason('FACT_UNKNOWN', [termsId], { clause: id, values: { what } })])
  if (use.published === undefined) return unknown('whether the model was published')
  const allowed = licencesOfModel(context)
  if (allowed === undefined) return unknown('the licence of the dataset')
  if (use.licence === undefined) return unknown('the licence of the model')
  if (allowed.includes(use.licence)) return FULFILLED
  return { outcome: 'violation', reasons: [reason('SHAREALIKE_CONFLICT', [termsId], { clause: id })] }
}

/** Every dataset the user derived from this version is under the same terms, or under a licence alike. */
export const shareDataAlike: DutyRule = (context, owed) => {
  const { ledger, used, user, termsId } = context
  const derived = ledger
    .referring(6, { type: REFERS_TO_CID, subject: used.version })
    .filter(({ payload }) =>
      (payload.derivedFrom ?? []).some(({ version }) => ledger.canonical(version) === used.version),
    )
  const own = standingActs(context, derived)
  const alike = licencesOfModel(context)
  const conflicts = own.filter(({ act }) => {
    const lineage = ledger.find(6, act.id)?.payload.lineage
    const offers =
      lineage === undefined
        ? []
        : ledger
            .referring(7, { type: REFERS_TO_CID, subject: lineage })
            .filter(({ payload, iss }) => iss === user && payload.lineage === lineage)
    const isSame = ledger
      .find(6, act.id)
      ?.payload.derivedFrom?.some(({ terms }) => ledger.canonical(terms) === ledger.canonical(termsId))
    const isAlike = offers.some(({ payload }) => {
      const licence = 'licence' in payload ? (payload.licence?.spdx ?? payload.licence?.name) : undefined
      return licence !== undefined && alike?.includes(licence) === true
    })
    return isSame !== true || (offers.length > 0 && !isAlike && alike !== undefined)
  })
  if (own.length === 0)
    return { outcome: 'compliant', reasons: [reason('DUTY_NOT_TRIGGERED', [termsId], { clause: owed.id })] }
  if (conflicts.length === 0) return FULFILLED
  const ids = [termsId, ...conflicts.map(({ act }) => act.id)]
  return { outcome: 'violation', reasons: [reason('SHAREALIKE_CONFLICT', ids, { clause: owed.id })] }
}
