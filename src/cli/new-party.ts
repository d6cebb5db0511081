/**
 * A party's first statement: its key, and the digest of the key that may follow it, so that a thief of the one cannot
 * choose the other.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { cidOf } from '../encoding/cid.ts'
import type { CidText } from '../encoding/cid.ts'
import { PUBLIC_KEY_BYTES } from '../signing/ed25519.ts'
import { didKey } from '../signing/key.ts'
import type { Signer } from '../signing/signer.ts'
import { prepareStatement, signStatement } from '../statement/envelope.ts'
import { type Party, partySchema } from '../statement/party.ts'

export interface NewParty {
  title: string
  country: string | undefined
  type: string | undefined
  logs: readonly string[]
}

/**
 * To be asked before keys are made: what is wrong afterwards leaves them behind.
 *
 * @throws LedgerError SCHEMA_INVALID
 */
export function assertParty(party: NewParty): void {
  partySchema.encode(payloadOf(party, new Uint8Array(PUBLIC_KEY_BYTES), undefined), 'party')
}

function payloadOf(party: NewParty, key: Uint8Array, nextKey: Uint8Array | undefined): Party {
  return {
    v: 1,
    name: party.title,
    keys: [key],
    threshold: 1,
    logs: party.logs,
    ...(party.country === undefined ? {} : { country: party.country }),
    ...(party.type === undefined ? {} : { type: party.type }),
    ...(nextKey === undefined ? {} : { next: [sha256(nextKey)] }),
  }
}

/** @throws LedgerError SCHEMA_INVALID */
export function newPartyStatement(
  party: NewParty,
  signer: Signer,
  nextKey: Uint8Array | undefined,
): { statement: Uint8Array; id: CidText } {
  const payload = payloadOf(party, signer.publicKey, nextKey)
  const statement = signStatement(
    prepareStatement(3, payload, { iss: didKey(signer.publicKey) }, signer.publicKey),
    signer,
  )
  return { statement, id: cidOf(statement) }
}
