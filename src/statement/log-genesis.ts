/**
 * Kind 1, log-genesis: entry 0 of a log. It names the log's keys, its operator and its admission rule, so that the rules
 * a log is held to are themselves in the log (RFC 9943 section 5.1.1.1).
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, origin } from './common.ts'
import { type Schema, bytes32, cid, exactly, list, optional, pattern, struct, token, uint } from './schema.ts'

export interface LogGenesis extends Claimed {
  readonly v: 1
  readonly origin: string
  /** Party id; also the `iss`. Its own party statement is entry 1. */
  readonly operator: CidText
  /** Verifier keys (C2SP signed-note) of notes, of witness cosignatures and of mirror cosignatures. */
  readonly logKey: string
  readonly witnessKey: string
  readonly mirrorKey: string
  readonly admission: Admission
  /** The log this one continues under a new origin, as it last stood. */
  readonly predecessor?: { readonly origin: string; readonly size: number; readonly root: Uint8Array }
}

export interface Admission {
  /** members: those listed. counterparties: also whoever a statement here names. open: anyone within quotas. */
  readonly mode: 'members' | 'counterparties' | 'open'
  readonly members?: readonly CidText[]
  readonly perIssuerDaily?: number
}

const verifierKey = pattern(
  'a verifier key (name+hash+key)',
  /^[!-*,-~]{1,255}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43,44}={0,2}$/,
)

export const logGenesisSchema: Schema<LogGenesis> = struct<LogGenesis>({
  ...claimed,
  v: exactly(1),
  origin,
  operator: cid,
  logKey: verifierKey,
  witnessKey: verifierKey,
  mirrorKey: verifierKey,
  admission: struct<Admission>({
    mode: token('members', 'counterparties', 'open'),
    members: optional(list(cid, 0, 128)),
    perIssuerDaily: optional(uint()),
  }),
  predecessor: optional(struct<NonNullable<LogGenesis['predecessor']>>({ origin, size: uint(), root: bytes32 })),
})
