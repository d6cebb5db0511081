/**
 * An invitation: the network id, the cards of a network and the trust policy that goes with them, in one string
 * (`tally1` and base64url of deterministic CBOR). It introduces; it grants nothing: both sides still add each other.
 */
import { fromBase64Url, toBase64Url } from '../encoding/bytes.ts'
import { decodeCbor, encodeCbor, isCborArray } from '../encoding/cbor.ts'
import { LedgerError } from '../errors.ts'

export interface Invitation {
  /** Hex, 32 characters. */
  networkId: string
  /** Card lines (card-line.ts). */
  cards: readonly string[]
  policy: string
}

const PREFIX = 'tally1'
const MAX_CHARACTERS = 500_000

export function formatInvitation(invitation: Invitation): string {
  return PREFIX + toBase64Url(encodeCbor([invitation.networkId, [...invitation.cards], invitation.policy]))
}

/** @throws LedgerError CARD_MALFORMED */
export function parseInvitation(text: string): Invitation {
  const trimmed = text.trim()
  try {
    if (trimmed.startsWith(PREFIX) && trimmed.length <= MAX_CHARACTERS) {
      const value = decodeCbor(fromBase64Url(trimmed.slice(PREFIX.length)))
      if (isCborArray(value) && value.length === 3) {
        const [networkId, cards, policy] = value
        const isKnown = typeof networkId === 'string' && /^[0-9a-f]{32}$/.test(networkId) && typeof policy === 'string'
        if (isKnown && isCborArray(cards) && cards.every((card) => typeof card === 'string'))
          return { networkId, cards, policy }
      }
    }
  } catch (cause) {
    throw malformed(cause)
  }
  throw malformed()
}

function malformed(cause?: unknown): LedgerError {
  return new LedgerError('CARD_MALFORMED', 'this is not an invitation', {
    cause,
    hint: 'ask the other operator for the line that `tally peer invite` prints, and paste all of it',
  })
}
