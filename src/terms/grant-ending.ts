/** Whether and how a grant ended for a use, however the use hangs on its grant over time. */
import type { CidText } from '../encoding/cid.ts'
import type { Terms } from '../statement/terms.ts'
import type { Action } from '../statement/vocabulary.ts'
import type { Horizon } from './absence.ts'
import type { CandidateInput } from './candidate-input.ts'
import type { Agreement } from './grant-stands.ts'
import { isActionWithin } from './hierarchy.ts'
import { HOLDS } from './reason.ts'
import {
  type Attachment,
  type Ending,
  type EndingInput,
  type RunTimes,
  bothAttachments,
  endingOf,
} from './revocation.ts'

export function endingFor(
  input: CandidateInput,
  agreement: Agreement,
  clauses: Terms,
  horizon: Horizon,
  times: RunTimes,
  holders: readonly CidText[],
): Ending {
  const base: Omit<EndingInput, 'attach'> = {
    ledger: input.ledger,
    horizon,
    grant: agreement.grant,
    terms: agreement.terms,
    clauses,
    version: input.used.version,
    lineage: agreement.dataset.id,
    owner: agreement.dataset.payload.owner,
    holders,
    times,
  }
  const endings = attachments(clauses, input.use.actions).map((attach) => endingOf({ ...base, attach }))
  const first = endings[0]
  if (first === undefined) return { judgement: HOLDS }
  return { ...first, judgement: bothAttachments(endings.map((ending) => ending.judgement)) }
}

/** How a use hangs on its grant over time; both ways where it depends on an action nobody declared. */
function attachments(clauses: Terms, actions: readonly Action[] | undefined): readonly Attachment[] {
  if (clauses.attach !== undefined) return [clauses.attach]
  if (actions === undefined || actions.length === 0) return ['at-start', 'continuous']
  const isOngoing = actions.some((action) => isActionWithin(action, 'serve-model') || isActionWithin(action, 'augment'))
  return [isOngoing ? 'continuous' : 'at-start']
}
