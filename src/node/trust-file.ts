/**
 * The trust file this node would hand to a verifier: a C2SP tlog-policy with one witness and one mirror line per operator,
 * a majority of the witnesses as quorum and any mirror. The verifier decides whether to use it.
 */
import { formatPolicy } from '../note/tlog-policy.ts'
import { MIRRORS_GROUP, type PolicyWitness, type TrustPolicy } from '../note/trust-policy.ts'
import type { Card } from './card.ts'
import { quorumOf } from './quorum.ts'

const WITNESSES_GROUP = 'witnesses'

/**
 * @param cards every operator of the network, this one included
 */
export function trustFileOf(cards: readonly Card[]): string {
  const sorted = cards.toSorted((a, b) => (a.origin < b.origin ? -1 : 1))
  const witnesses: PolicyWitness[] = sorted.map((card) => ({ name: card.witnessKey.name, key: card.witnessKey }))
  const mirrors: PolicyWitness[] = sorted.map((card) => ({ name: card.mirrorKey.name, key: card.mirrorKey }))
  const policy: TrustPolicy = {
    logs: [],
    witnesses: [...witnesses, ...mirrors],
    groups: [
      // A log's own operator never counts for it, so the majority is one of the others.
      {
        name: WITNESSES_GROUP,
        threshold: Math.max(1, quorumOf(sorted.length - 1)),
        members: witnesses.map(({ name }) => name),
      },
      { name: MIRRORS_GROUP, threshold: 1, members: mirrors.map(({ name }) => name) },
    ],
    quorum: WITNESSES_GROUP,
    endorsers: [],
  }
  return formatPolicy(policy)
}
