/**
 * Kinds 3 and 4: a party, and changes to it. The id of the inception statement is the party id. Keys are rotated against
 * digests published in advance, so that a stolen key cannot choose its successor.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, code, instant, origins, title } from './common.ts'
import { ALL_KIND_NAMES, type KindName } from './kind.ts'
import { type Schema, bytes32, cid, exactly, list, optional, pattern, struct, token, uint } from './schema.ts'

export interface Party extends Claimed {
  readonly v: 1
  readonly name: string
  /** A word for the sort of organisation, as it describes itself. */
  readonly type?: string
  /** ISO 3166-1 alpha-2. */
  readonly country?: string
  /** Ed25519 keys, 32 bytes each; the first signs this statement and is its `iss` as did:key. */
  readonly keys: readonly Uint8Array[]
  /** How many of the keys must sign a party-update. */
  readonly threshold: number
  /** SHA-256 of each key that may be added next. */
  readonly next?: readonly Uint8Array[]
  readonly recovery?: RecoverySet
  /** Origins of the logs in which this party's key events count. */
  readonly logs: readonly string[]
}

/** k of these parties may replace all keys. */
export interface RecoverySet {
  readonly of: readonly CidText[]
  readonly k: number
}

export interface PartyUpdate extends Claimed {
  /** The inception statement, or the update before this one. */
  readonly prev: CidText
  /** Ed25519 keys, 32 bytes each, matching digests announced before. */
  readonly add?: readonly Uint8Array[]
  /** Thumbprints (kid) of keys that end. */
  readonly revoke?: readonly Uint8Array[]
  readonly next?: readonly Uint8Array[]
  readonly delegates?: readonly Delegate[]
  readonly profile?: { readonly name?: string; readonly country?: string; readonly type?: string }
  /** A whole new key set, signed by the recovery set. */
  readonly keys?: readonly Uint8Array[]
  readonly recovery?: RecoverySet
  /** Unix seconds; only from the recovery set. */
  readonly compromisedSince?: number
}

/** Another party that may make statements of these kinds for this one, under its own id. */
export interface Delegate {
  readonly party: CidText
  readonly rights: readonly KindName[]
  /** Lineages it is limited to; left out: all. */
  readonly scope?: readonly CidText[]
  /** Unix seconds, exclusive. */
  readonly until?: number
}

const country = pattern('an ISO 3166-1 country (two capitals)', /^[A-Z]{2}$/)
/** Each new key costs about a millisecond to check: 8 keep a hostile statement from holding up a node. */
const MAX_KEYS = 8
const keys = list(bytes32, 1, MAX_KEYS)
const digests = list(bytes32, 0, 16)
const recovery = struct<RecoverySet>({ of: list(cid, 1, 16), k: uint(16) }, (value) =>
  value.k >= 1 && value.k <= value.of.length ? undefined : 'k between 1 and the number of parties',
)

export const partySchema: Schema<Party> = struct<Party>(
  {
    ...claimed,
    v: exactly(1),
    name: title,
    type: optional(code),
    country: optional(country),
    keys,
    threshold: uint(MAX_KEYS),
    next: optional(digests),
    recovery: optional(recovery),
    logs: origins,
  },
  (value) =>
    value.threshold >= 1 && value.threshold <= value.keys.length
      ? undefined
      : 'a threshold between 1 and the number of keys',
)

export const partyUpdateSchema: Schema<PartyUpdate> = struct<PartyUpdate>({
  ...claimed,
  prev: cid,
  add: optional(keys),
  revoke: optional(list(bytes32, 1, 16)),
  next: optional(digests),
  delegates: optional(
    list(
      struct<Delegate>({
        party: cid,
        rights: list(token(...ALL_KIND_NAMES), 1, ALL_KIND_NAMES.length),
        scope: optional(list(cid, 1, 64)),
        until: optional(instant),
      }),
      1,
      64,
    ),
  ),
  profile: optional(
    struct<NonNullable<PartyUpdate['profile']>>({
      name: optional(title),
      country: optional(country),
      type: optional(code),
    }),
  ),
  keys: optional(keys),
  recovery: optional(recovery),
  compromisedSince: optional(instant),
})
