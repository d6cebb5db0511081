/** What `tally status` and `tally doctor` say about an operator whose node belongs to another network, and what to do. */
import type { NodeStatus, PeerStatus } from '../node/api.ts'
import { printable } from './terminal-text.ts'

const SHOWN_CHARACTERS = 8

export function describeOtherNetwork({ name, otherNetwork = '' }: PeerStatus, { networkId }: NodeStatus): string {
  const [theirs, ours] = [otherNetwork, networkId].map((id) => printable(id.slice(0, SHOWN_CHARACTERS)))
  return `OTHER NETWORK: the node of ${printable(name)} belongs to the network ${theirs}, this one to ${ours}. Nothing is taken from it: it does not count as a witness, and its log is not followed [OTHER_NETWORK]`
}

export function otherNetworkFix({ origin }: PeerStatus): string {
  return `to work together, one of the two joins: it runs tally join with what tally peer invite prints at the other. Otherwise: tally peer remove ${printable(origin)}`
}
