/** What is judged when a use names a grant for a dataset. */
import type { CidText } from '../encoding/cid.ts'
import type { Ledger } from './ledger.ts'
import type { UseChain, UseFacts, UsedVersion } from './use-facts.ts'
import type { TrustView } from './view.ts'

export interface CandidateInput {
  readonly ledger: Ledger
  readonly trust: TrustView
  /** What the caller asked for; undefined = the evidence's asOf. */
  readonly instant: number | undefined
  readonly chain: UseChain
  readonly use: UseFacts
  readonly used: UsedVersion
  readonly grant: CidText
}
