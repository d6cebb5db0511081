/**
 * Index evidence by itself, under a verifier's policy: what a log says about a subject, and what it does not, from one
 * file and offline. In a bundle the same evidence is checked in verify-log.ts, with the genesis of the log at hand; here
 * the checkpoint is the log's because the witnesses of the policy cosigned it under that origin.
 */
import { LedgerError } from '../errors.ts'
import type { Sha256 } from '../merkle/hash.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { verifyCosignature } from '../note/cosignature.ts'
import { parseNote } from '../note/note.ts'
import { isQuorum, quorumTimes } from '../note/quorum.ts'
import { parsePolicy } from '../note/tlog-policy.ts'
import { MIRRORS_GROUP } from '../note/trust-policy.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { decodeIndexEvidence } from '../subject-index/evidence.ts'
import { type ProvenIndex, verifyIndexEvidence } from '../subject-index/verify-evidence.ts'

export interface CheckedIndex {
  readonly origin: string
  /** The index covers entries 0 to size - 1 of the log. */
  readonly size: number
  /** Until when a quorum of the policy vouched for this size, Unix seconds; undefined without a quorum. */
  readonly asOf?: number
  /** Names, in the policy, of witnesses and mirrors that cosigned; those of the log's own operator are left out. */
  readonly cosigners: readonly string[]
  readonly mirrors: readonly string[]
  /** The mirrors of the policy vouch for the index: without them the log could have left something out. */
  readonly isVouchedFor: boolean
  readonly index: ProvenIndex
}

/**
 * @param bytes hostile
 * @throws LedgerError PROOF_*, CBOR_*, NOTE_MALFORMED, CHECKPOINT_MALFORMED, POLICY_MALFORMED, SIGNATURE_INVALID;
 *   UNKNOWN_LOG where the policy names other logs
 */
export async function checkIndexEvidence(
  bytes: Uint8Array,
  policyText: string,
  { verifier, sha256 }: { readonly verifier: SignatureVerifier; readonly sha256: Sha256 },
): Promise<CheckedIndex> {
  const policy = parsePolicy(policyText)
  const evidence = decodeIndexEvidence(bytes)
  const note = parseNote(evidence.note)
  const checkpoint = parseCheckpoint(note.text)
  const { origin, size } = checkpoint
  const log = policy.logs.find(({ key }) => key.name === origin)
  if (policy.logs.length > 0 && log === undefined)
    throw new LedgerError('UNKNOWN_LOG', `your policy names other logs than ${origin}`)
  const index = verifyIndexEvidence(evidence, checkpoint, log?.key.publicKey, sha256)
  const dated: { name: string; timestamp: number }[] = []
  for (const { name, key } of policy.witnesses) {
    const cosignature = await verifyCosignature(note, key, verifier)
    // A log's operator does not vouch for itself, under whatever name it is in the policy.
    if (cosignature !== undefined && !key.name.startsWith(`${origin}/`))
      dated.push({ name, timestamp: cosignature.timestamp })
  }
  const names = new Set(dated.map(({ name }) => name))
  const mirrorNames = mirrorsOf(policy)
  const { fresh } = quorumTimes(policy, dated)
  return {
    origin,
    size,
    ...(fresh === undefined ? {} : { asOf: fresh }),
    cosigners: dated.map(({ name }) => name).filter((name) => !mirrorNames.has(name)),
    mirrors: dated.map(({ name }) => name).filter((name) => mirrorNames.has(name)),
    isVouchedFor: mirrorNames.size > 0 && isQuorum(policy, MIRRORS_GROUP, names),
    index,
  }
}

function mirrorsOf({ groups }: ReturnType<typeof parsePolicy>): ReadonlySet<string> {
  return new Set(groups.find(({ name }) => name === MIRRORS_GROUP)?.members)
}
