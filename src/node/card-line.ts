/**
 * What operators exchange: a card, followed by addresses where its node answers now. The addresses are not signed; a wrong
 * one only fails to connect, for the card names the peer id that must answer there.
 */
import { LedgerError } from '../errors.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { type Card, parseCard } from './card.ts'

const MAX_ADDRESSES = 16

export interface CardLine {
  card: Card
  cardText: string
  /** The card's own addresses, then those of the line. */
  addresses: string[]
}

/** @throws LedgerError CARD_MALFORMED */
export async function parseCardLine(line: string, verifier: SignatureVerifier): Promise<CardLine> {
  const [cardText = '', ...addresses] = line.trim().split(/\s+/)
  if (addresses.length > MAX_ADDRESSES || !addresses.every((address) => address.startsWith('/'))) {
    throw new LedgerError(
      'CARD_MALFORMED',
      'what follows the card is not a list of addresses such as /ip4/192.0.2.7/tcp/7412',
      {
        hint: 'paste the whole line that `tally peer card` prints, and nothing else',
      },
    )
  }
  const card = await parseCard(cardText, verifier)
  return { card, cardText, addresses: [...new Set([...card.addresses, ...addresses])] }
}

export function formatCardLine(cardText: string, addresses: readonly string[]): string {
  return [cardText, ...addresses].join(' ')
}
