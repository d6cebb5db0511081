/**
 * A card introduces a node to the operators it asks to witness it (docs/protocol.md, "Membership"): one line of base64url
 * over deterministic CBOR `[body, public key, signature, party statement]`.
 *
 * The body is signed by the operator's party, whose inception statement travels along, so a card proves on its own that
 * one party stands behind the origin and all four keys. Nothing in it is secret.
 */
import { fromBase64Url, toBase64Url } from '../encoding/bytes.ts'
import { type CborMap, type CborValue, decodeCbor, encodeCbor, isCborArray, isCborMap } from '../encoding/cbor.ts'
import { type CidText, cidOf, parseCid } from '../encoding/cid.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from '../note/verifier-key.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import type { Signer } from '../signing/signer.ts'
import { decodeStatement } from '../statement/envelope.ts'

export interface Card {
  name: string
  party: CidText
  /** The party's inception statement: its CID is `party`. */
  partyStatement: Uint8Array
  origin: string
  logKey: VerifierKey
  witnessKey: VerifierKey
  mirrorKey: VerifierKey
  peerId: string
  addresses: readonly string[]
}

const MAX_CARD_CHARACTERS = 100_000
const SIGNING_CONTEXT = encodeUtf8('tallystick/card/v1\n')

export function formatCard(card: Card, partySigner: Signer): string {
  const body = encodeCbor(
    new Map<string, CborValue>([
      ['v', 1],
      ['name', card.name],
      ['party', card.party],
      ['origin', card.origin],
      ['logVkey', formatVerifierKey(card.logKey)],
      ['witnessVkey', formatVerifierKey(card.witnessKey)],
      ['mirrorVkey', formatVerifierKey(card.mirrorKey)],
      ['peerId', card.peerId],
      ['addrs', [...card.addresses]],
    ]),
  )
  const signature = partySigner.sign(signedBytes(body))
  return toBase64Url(encodeCbor([body, partySigner.publicKey, signature, card.partyStatement]))
}

/**
 * Reads a card and checks that its party signed it.
 *
 * @throws LedgerError CARD_MALFORMED when it is no card, or the signature is not by a key of the party it names
 */
export async function parseCard(text: string, verifier: SignatureVerifier): Promise<Card> {
  const line = text.trim()
  if (line.length > MAX_CARD_CHARACTERS) throw malformed('the text is too long')
  const parts = decodeOrMalformed(line)
  if (!isCborArray(parts) || parts.length !== 4 || !parts.every((part) => part instanceof Uint8Array)) {
    throw malformed('it is not a list of four byte strings')
  }
  const [body, publicKey, signature, partyStatement] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const party = decodeStatement(partyStatement)
  if (party.kind !== 3) throw malformed('it does not carry the statement of a party')
  const fields = decodeCbor(body)
  if (!isCborMap(fields) || fields.size !== 9 || fields.get('v') !== 1)
    throw malformed('its fields are not those of version 1')
  const card: Card = {
    name: text16(fields, 'name', 200),
    party: parseCid(text16(fields, 'party', 100)),
    partyStatement,
    origin: text16(fields, 'origin', 255),
    logKey: parseVerifierKey(text16(fields, 'logVkey', 600)),
    witnessKey: parseVerifierKey(text16(fields, 'witnessVkey', 600)),
    mirrorKey: parseVerifierKey(text16(fields, 'mirrorVkey', 600)),
    peerId: text16(fields, 'peerId', 200),
    addresses: addressList(fields.get('addrs')),
  }
  if (cidOf(partyStatement) !== card.party) throw malformed('the party statement it carries has another id')
  const isOwnKey = party.payload.keys.some((key) => toBase64Url(key) === toBase64Url(publicKey))
  if (!isOwnKey) throw malformed('it is signed by a key that is not among the first keys of the party')
  if (!(await verifier.verify(publicKey, signedBytes(body), signature)))
    throw malformed('its signature does not verify')
  if (card.logKey.name !== card.origin) throw malformed('the log key has another name than the log')
  // So that everybody sees whose they are: an operator does not count for its own log, under whatever name.
  if (card.witnessKey.name !== `${card.origin}/witness` || card.mirrorKey.name !== `${card.origin}/mirror`)
    throw malformed('the witness and mirror keys are not named like the log')
  return card
}

/**
 * Whether the log's own first entry says what the card says. Verifiers of evidence take operator and log key from the
 * genesis, operators of nodes from the card: a log that told them different things could show one index to each. Keys of
 * witness and mirror may differ: a new card replaces them, and their names say whose they are.
 */
export function isGenesisOf(card: Card, entry: Uint8Array | undefined): boolean {
  if (entry === undefined) return false
  try {
    const statement = decodeStatement(entry)
    if (statement.kind !== 1) return false
    const { origin, operator, logKey } = statement.payload
    return origin === card.origin && operator === card.party && logKey === formatVerifierKey(card.logKey)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    return false
  }
}

function decodeOrMalformed(line: string): CborValue {
  try {
    return decodeCbor(fromBase64Url(line))
  } catch (cause) {
    throw malformed('it is not base64url of deterministic CBOR', cause)
  }
}

function signedBytes(body: Uint8Array): Uint8Array {
  const out = new Uint8Array(SIGNING_CONTEXT.length + body.length)
  out.set(SIGNING_CONTEXT)
  out.set(body, SIGNING_CONTEXT.length)
  return out
}

function text16(fields: CborMap, key: string, maxLength: number): string {
  const value = fields.get(key)
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength)
    throw malformed(`field ${key} is missing or too long`)
  return value
}

function addressList(value: CborValue | undefined): string[] {
  if (!isCborArray(value) || value.length > 16) throw malformed('addrs is not a list of at most 16 addresses')
  return value.map((item) => {
    if (typeof item !== 'string' || item.length > 500) throw malformed('an address is not text')
    return item
  })
}

function malformed(why: string, cause?: unknown): LedgerError {
  return new LedgerError('CARD_MALFORMED', `this is not a usable card: ${why}`, {
    cause,
    hint: 'ask the other operator for the line that `tally peer card` prints, and paste all of it',
  })
}
