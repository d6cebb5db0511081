/**
 * Index evidence by itself, under a verifier's policy: what a log says about a subject, and what it does not, from one
 * file and offline. In a bundle the same evidence is checked in verify-log.ts, with the genesis of the log at hand; here
 * the checkpoint is the log's because the witnesses of the policy cosigned it under that origin.
 */
import { LedgerError } from '../errors.ts'
import type { Sha256 } from '../merkle/hash.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import { verifyCosignature } from '../note/cosignature.ts'
import { parseNote } from '../note/note.ts'
import { isQuorum, quorumTimes } from '../note/quorum.ts'
import { parsePolicy } from '../note/tlog-policy.ts'
import { MIRRORS_GROUP } from '../note/trust-policy.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { decodeIndexEvidence } from '../subject-index/evidence.ts'
import { SnapshotReader } from '../subject-index/snapshot.ts'
import type { IndexRow } from '../subject-index/tree.ts'
import { DEFAULT_MAX_STALENESS_SECONDS } from './trust.ts'
import { type ProvenIndex, verifyIndexEvidence } from '../subject-index/verify-evidence.ts'

/** A checkpoint whose last entry commits to an index, and whose word stands behind it. */
export interface VouchedCheckpoint {
  readonly origin: string
  /** The index covers entries 0 to size - 1 of the log. */
  readonly size: number
  /** Until when a quorum of the policy vouched for this size, Unix seconds; undefined without a quorum. */
  readonly asOf?: number
  /** Names, in the policy, of witnesses and mirrors that cosigned; those of the log's own operator are left out. */
  readonly cosigners: readonly string[]
  readonly mirrors: readonly string[]
  /** How old the policy lets evidence be from which an absence is concluded. */
  readonly maxStalenessSeconds: number
  /** The mirrors of the policy vouch for the index: without them the log could have left something out. */
  readonly isVouchedFor: boolean
}

export interface CheckedIndex extends VouchedCheckpoint {
  readonly index: ProvenIndex
}

interface Tools {
  readonly verifier: SignatureVerifier
  readonly sha256: Sha256
}

/**
 * @param bytes hostile
 * @throws LedgerError PROOF_*, CBOR_*, NOTE_MALFORMED, CHECKPOINT_MALFORMED, POLICY_MALFORMED, SIGNATURE_INVALID;
 *   UNKNOWN_LOG where the policy names other logs
 */
export async function checkIndexEvidence(bytes: Uint8Array, policyText: string, tools: Tools): Promise<CheckedIndex> {
  const evidence = decodeIndexEvidence(bytes)
  const { checkpoint, publicKey, vouched } = await openVouched(evidence.note, policyText, tools)
  return { ...vouched, index: verifyIndexEvidence(evidence, checkpoint, publicKey, tools.sha256) }
}

export interface CheckedSnapshot extends VouchedCheckpoint {
  /** How many there are: all of them were read. */
  readonly subjects: number
}

/**
 * A whole index, in memory that does not grow with it.
 *
 * @param pieces hostile
 * @param onRow told every record; nothing is proved before the promise is fulfilled
 * @throws LedgerError as {@link checkIndexEvidence}
 */
export async function checkSnapshot(
  pieces: AsyncIterable<Uint8Array>,
  policyText: string,
  tools: Tools,
  onRow?: (row: IndexRow) => void,
): Promise<CheckedSnapshot> {
  const reader = new SnapshotReader(tools.sha256, onRow)
  for await (const piece of pieces) reader.push(piece)
  const note = reader.head?.note
  if (note === undefined) throw new LedgerError('PROOF_MALFORMED', 'not a snapshot of a subject index: it has no head')
  const { checkpoint, publicKey, vouched } = await openVouched(note, policyText, tools)
  return { ...vouched, subjects: reader.finish(checkpoint, publicKey) }
}

async function openVouched(
  bytes: Uint8Array,
  policyText: string,
  { verifier }: Tools,
): Promise<{ checkpoint: Checkpoint; publicKey: Uint8Array | undefined; vouched: VouchedCheckpoint }> {
  const policy = parsePolicy(policyText)
  const note = parseNote(bytes)
  const { origin, size } = parseCheckpoint(note.text)
  const log = policy.logs.find(({ key }) => key.name === origin)
  if (policy.logs.length > 0 && log === undefined)
    throw new LedgerError('UNKNOWN_LOG', `your policy names other logs than ${origin}`, {
      hint: 'check it under a policy of somebody who knows that log',
    })
  const checkpoint = log === undefined ? parseCheckpoint(note.text) : await openCheckpoint(note, log.key, verifier)
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
  const vouched: VouchedCheckpoint = {
    origin,
    size,
    ...(fresh === undefined ? {} : { asOf: fresh }),
    cosigners: dated.map(({ name }) => name).filter((name) => !mirrorNames.has(name)),
    mirrors: dated.map(({ name }) => name).filter((name) => mirrorNames.has(name)),
    maxStalenessSeconds: policy.maxStalenessSeconds ?? DEFAULT_MAX_STALENESS_SECONDS,
    isVouchedFor: mirrorNames.size > 0 && isQuorum(policy, MIRRORS_GROUP, names),
  }
  return { checkpoint, publicKey: log?.key.publicKey, vouched }
}

function mirrorsOf({ groups }: ReturnType<typeof parsePolicy>): ReadonlySet<string> {
  return new Set(groups.find(({ name }) => name === MIRRORS_GROUP)?.members)
}
