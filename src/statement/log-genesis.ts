/**
 * Kind 1, log-genesis: entry 0 of a log. It names the log's keys, its operator and its admission rule, so that the rules
 * a log is held to are themselves in the log (RFC 9943 section 5.1.1.1).
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { ED25519_COSIGNATURE, ED25519_NOTE, parseVerifierKey } from '../note/verifier-key.ts'
import { type Claimed, claimed, origin } from './common.ts'
import { type Schema, bytes32, cid, exactly, list, optional, plain, struct, token, uint } from './schema.ts'

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

/** A verifier key of one signature type; the key's own strength is checked with the statement. */
function verifierKey(type: number): Schema<string> {
  const accepts = (value: unknown): value is string => {
    try {
      return typeof value === 'string' && parseVerifierKey(value).type === type
    } catch {
      return false
    }
  }
  return plain(`a verifier key of type ${type}`, accepts)
}

export const logGenesisSchema: Schema<LogGenesis> = struct<LogGenesis>(
  {
    ...claimed,
    v: exactly(1),
    origin,
    operator: cid,
    logKey: verifierKey(ED25519_NOTE),
    witnessKey: verifierKey(ED25519_COSIGNATURE),
    mirrorKey: verifierKey(ED25519_COSIGNATURE),
    admission: struct<Admission>({
      mode: token('members', 'counterparties', 'open'),
      members: optional(list(cid, 0, 128)),
      perIssuerDaily: optional(uint()),
    }),
    predecessor: optional(struct<NonNullable<LogGenesis['predecessor']>>({ origin, size: uint(), root: bytes32 })),
  },
  genesisFault,
)

/** Names and keys of the three roles: the log's name is its origin (C2SP checkpoint), the others have names of their own. */
function genesisFault(genesis: LogGenesis): string | undefined {
  const [log, witness, mirror] = [genesis.logKey, genesis.witnessKey, genesis.mirrorKey].map(parseVerifierKey)
  if (log?.name !== genesis.origin) return 'a log key named like the origin'
  const names = new Set([log.name, witness?.name, mirror?.name])
  const keys = new Set([log, witness, mirror].map((key) => toHex(key?.publicKey ?? new Uint8Array())))
  return names.size === 3 && keys.size === 3 ? undefined : 'a name and a key of its own for log, witness and mirror'
}

/** The public keys of the three roles, 32 bytes each. */
export function genesisKeys(genesis: LogGenesis): readonly Uint8Array[] {
  return [genesis.logKey, genesis.witnessKey, genesis.mirrorKey].map((text) => parseVerifierKey(text).publicKey)
}
