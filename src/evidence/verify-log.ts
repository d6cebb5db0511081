/**
 * Checks one log of a bundle as far as no policy is needed: its genesis and keys, the log's signature on every note, that
 * all notes tell one history, and that the entries of the bundle stand in it (RFC 9162 sections 2.1.3 and 2.1.4; C2SP
 * tlog-checkpoint). Which of it a verifier believes is decided in weigh-notes.ts.
 */
import { equalBytes } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { cidFromDigest } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import { verifyConsistency } from '../merkle/consistency.ts'
import { createLeafHashReader, readRoot } from '../merkle/hash-reader.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { leafHash } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/inclusion.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import { decodeEquivocation, type EquivocationProof, verifyEquivocation } from '../note/equivocation.ts'
import type { Note } from '../note/note.ts'
import { parseNote } from '../note/note.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import { parseVerifierKey } from '../note/verifier-key.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { decodeStatement } from '../statement/envelope.ts'
import type { LogGenesis } from '../statement/log-genesis.ts'
import { rootSignatureInput } from '../statement/receipt.ts'
import type { Block, BundleFork, BundleLog, BundleStatement } from './bundle-model.ts'
import type { StepRecorder } from './steps.ts'
import type { IndexEvidence } from '../subject-index/evidence.ts'
import { type ProvenIndex, verifyIndexEvidence } from '../subject-index/verify-evidence.ts'

/** A note that the log signed. */
export interface OpenedNote {
  readonly id: CidText
  readonly note: Note
  readonly checkpoint: Checkpoint
}

/** An entry whose bytes are proved to stand at this position. */
export interface PlacedEntry {
  readonly origin: string
  readonly index: number
  readonly bytes: Uint8Array
  /** SHA-256 of the bytes, checked while reading the bundle. */
  readonly digest: Uint8Array
}

/** A log in which every check passed. */
export interface VerifiedLog {
  readonly origin: string
  readonly genesis: LogGenesis
  readonly logKey: VerifierKey
  /** Ascending by size; the last is the one that everything is proved against. */
  readonly notes: readonly OpenedNote[]
  readonly entries: readonly PlacedEntry[]
  readonly isReplayed: boolean
  /** What the log says about its subjects as of the last note, and the note that mirrors cosigned. */
  readonly index?: { readonly proven: ProvenIndex; readonly note: Note }
  /** Root of the first `size` entries; undefined where the entries are not all here. */
  readonly rootAt: (size: number) => Hash | undefined
  /** Size of the last checkpoint proved common to both branches, 0 where none is; undefined: no fork shown. */
  readonly forkedAt?: number
  /** Notes of the fork proofs against it: the log's own line on each is checked. */
  readonly forkNotes: readonly Note[]
}

export interface Cryptography {
  readonly verifier: SignatureVerifier
  readonly sha256: Sha256
}

/** What a bundle holds about one log. */
export interface LogEvidence {
  readonly log: BundleLog
  /** Of a partial log. */
  readonly statements: readonly BundleStatement[]
  /** Of a partial log. */
  readonly index?: IndexEvidence | undefined
}

/** @returns undefined when a check failed; the recorder then says which */
export async function verifyLog(
  evidence: LogEvidence,
  cryptography: Cryptography,
  recorder: StepRecorder,
): Promise<VerifiedLog | undefined> {
  const check = new LogCheck(evidence, cryptography, recorder)
  return check.run()
}

class LogCheck {
  private readonly log: BundleLog
  private readonly statements: readonly BundleStatement[]
  private readonly index: IndexEvidence | undefined
  private readonly cryptography: Cryptography
  private readonly recorder: StepRecorder
  private isSound = true

  constructor({ log, statements, index }: LogEvidence, cryptography: Cryptography, recorder: StepRecorder) {
    this.log = log
    this.statements = statements
    this.index = index
    this.cryptography = cryptography
    this.recorder = recorder
  }

  async run(): Promise<VerifiedLog | undefined> {
    const { origin } = this.log
    const opened = this.openGenesis()
    if (opened === undefined) return undefined
    const { genesis, logKey } = opened
    const notes = await this.openNotes(logKey)
    const last = notes.at(-1)
    if (last === undefined) return undefined
    const { entries } = this.log
    const replay = entries === undefined ? undefined : this.replay(entries, last)
    if (entries === undefined) this.checkConsistency(notes, last)
    const placed = replay?.placed ?? this.placeByPath(last)
    const index = this.index === undefined ? undefined : await this.openIndex(this.index, last, placed, logKey)
    await this.checkRootSignatures(logKey, notes)
    const contradicted = replay === undefined ? [] : this.contradictedBy(replay.rootAt, notes)
    const checked = await Promise.all(this.log.forks.map((fork) => this.checkFork(fork, logKey, notes)))
    const forks = checked.filter((fork) => fork !== undefined)
    const forkedAt = [...contradicted, ...forks.map(({ commonSize }) => commonSize)]
    if (!this.isSound) return undefined
    const isReplayed = replay !== undefined
    const rootAt = replay?.rootAt ?? (() => undefined)
    const forkNotes = forks.flatMap(({ proof }) => [proof.noteA, proof.noteB])
    const verified = { origin, genesis, logKey, notes, entries: placed, isReplayed, rootAt, forkNotes }
    return {
      ...verified,
      ...(index === undefined ? {} : { index }),
      ...(forkedAt.length === 0 ? {} : { forkedAt: Math.min(...forkedAt) }),
    }
  }

  private fail(step: Parameters<StepRecorder['failed']>[0], error: unknown): void {
    this.isSound = false
    this.recorder.threw(step, this.log.origin, error)
  }

  private openGenesis(): { genesis: LogGenesis; logKey: VerifierKey } | undefined {
    const { origin, genesis: block } = this.log
    try {
      const first = this.log.entries?.[0] ?? this.statements.find(({ index }) => index === 0)?.entry
      if (first === undefined || !equalBytes(first.digest, block.digest)) {
        throw new LedgerError('BUNDLE_MALFORMED', `the genesis of ${origin} is not its entry 0`)
      }
      const statement = decodeStatement(dataOf(block))
      if (statement.kind !== 1) throw new LedgerError('STATEMENT_KIND', `entry 0 of ${origin} is no log-genesis`)
      const genesis = statement.payload
      const logKey = parseVerifierKey(genesis.logKey)
      if (genesis.origin !== origin || logKey.name !== origin) {
        throw new LedgerError('BUNDLE_MALFORMED', `the genesis given for ${origin} is that of ${genesis.origin}`)
      }
      this.recorder.passed('genesis', origin, `entry 0 names the operator and the keys of ${origin}`)
      return { genesis, logKey }
    } catch (error) {
      this.fail('genesis', error)
      return undefined
    }
  }

  private async openNotes(logKey: VerifierKey): Promise<OpenedNote[]> {
    const opened = await Promise.all(
      this.log.notes.map(async ({ note }) => {
        try {
          return await this.openNote(note, logKey)
        } catch (error) {
          this.fail('notes', error)
          return undefined
        }
      }),
    )
    const notes = opened.filter((note) => note !== undefined)
    const isAscending = notes.every(({ checkpoint }, i) => checkpoint.size >= (notes[i - 1]?.checkpoint.size ?? 1))
    if (!isAscending)
      this.fail('notes', new LedgerError('BUNDLE_MALFORMED', 'its notes are not in the order of their sizes'))
    if (this.isSound)
      this.recorder.passed('notes', this.log.origin, `${count(notes.length, 'checkpoint')} signed by the log`)
    return notes
  }

  private async openNote(block: Block, logKey: VerifierKey): Promise<OpenedNote> {
    const note = parseNote(dataOf(block))
    const checkpoint = await openCheckpoint(note, logKey, this.cryptography.verifier)
    return { id: cidFromDigest(block.digest), note, checkpoint }
  }

  /** Recomputes the root from the entries themselves. */
  private replay(
    blocks: readonly Block[],
    last: OpenedNote,
  ): { placed: PlacedEntry[]; rootAt: (size: number) => Hash | undefined } {
    const { sha256 } = this.cryptography
    const { origin } = this.log
    const placed: PlacedEntry[] = []
    const leaves: Hash[] = []
    const rootAt = rootReader(leaves, sha256)
    try {
      for (const [index, block] of blocks.entries()) {
        const bytes = dataOf(block)
        placed.push({ origin, index, bytes, digest: block.digest })
        leaves.push(leafHash(bytes, sha256))
      }
      const { size, root } = last.checkpoint
      if (size !== leaves.length) {
        throw new LedgerError('PROOF_LENGTH', `${leaves.length} entries are given, the last checkpoint has ${size}`)
      }
      if (!equalBytes(rootAt(size) ?? new Uint8Array(), root)) {
        throw new LedgerError('PROOF_INVALID', `the ${size} entries do not hash to the root that the log signed`)
      }
      this.recorder.passed('entries', origin, `all ${size} entries hash to the root that the log signed`)
    } catch (error) {
      this.fail('entries', error)
    }
    return { placed, rootAt }
  }

  private checkConsistency(notes: readonly OpenedNote[], last: OpenedNote): void {
    const failedBefore = !this.isSound
    for (const [i, { checkpoint }] of notes.entries()) {
      try {
        const path = this.log.notes[i]?.consistency ?? []
        verifyConsistency(
          checkpoint.size,
          checkpoint.root,
          last.checkpoint.size,
          last.checkpoint.root,
          path,
          this.cryptography.sha256,
        )
      } catch (error) {
        this.fail('consistency', error)
      }
    }
    if (!failedBefore && this.isSound) {
      this.recorder.passed('consistency', this.log.origin, `${count(notes.length, 'checkpoint')} of one history`)
    }
  }

  private placeByPath(last: OpenedNote): PlacedEntry[] {
    const { origin } = this.log
    const { size, root } = last.checkpoint
    const placed: PlacedEntry[] = []
    for (const { entry, index, path } of this.statements) {
      try {
        const bytes = dataOf(entry)
        verifyInclusion(leafHash(bytes, this.cryptography.sha256), index, size, path, root, this.cryptography.sha256)
        placed.push({ origin, index, bytes, digest: entry.digest })
      } catch (error) {
        this.fail('inclusion', error)
      }
    }
    if (placed.length === this.statements.length) {
      this.recorder.passed('inclusion', origin, `${count(placed.length, 'statement')} proved to be in the log`)
    }
    return placed
  }

  /** The index is of this very history, and what it lists is what stands there. */
  private async openIndex(
    evidence: IndexEvidence,
    last: OpenedNote,
    placed: readonly PlacedEntry[],
    logKey: VerifierKey,
  ): Promise<VerifiedLog['index']> {
    const { sha256, verifier } = this.cryptography
    try {
      const note = parseNote(evidence.note)
      const checkpoint = await openCheckpoint(note, logKey, verifier)
      if (!isSameCheckpoint(checkpoint, last.checkpoint))
        throw new LedgerError('PROOF_INVALID', `the index evidence is not of the last checkpoint of the bundle`)
      const proven = verifyIndexEvidence(evidence, checkpoint, logKey.publicKey, sha256)
      const byIndex = new Map(placed.map((entry) => [entry.index, entry]))
      for (const { index, leafHash: listed } of proven.items()) {
        const entry = byIndex.get(index)
        if (entry !== undefined && !equalBytes(leafHash(entry.bytes, sha256), listed))
          throw new LedgerError('PROOF_INVALID', `the index lists another entry ${index} than the log has`)
      }
      this.recorder.passed('index', this.log.origin, 'the index shown here is the one that the log committed to')
      return { proven, note }
    } catch (error) {
      this.fail('index', error)
      return undefined
    }
  }

  private async checkRootSignatures(logKey: VerifierKey, notes: readonly OpenedNote[]): Promise<void> {
    const { origin } = this.log
    const byId = new Map(notes.map((opened) => [opened.id, opened]))
    const signed = this.log.notes.flatMap(({ rootSignature, note }) => {
      const opened = rootSignature === undefined ? undefined : byId.get(cidFromDigest(note.digest))
      return rootSignature === undefined || opened === undefined
        ? []
        : [{ rootSignature, root: opened.checkpoint.root }]
    })
    const results = await Promise.all(
      signed.map(({ rootSignature, root }) =>
        this.cryptography.verifier.verify(
          logKey.publicKey,
          rootSignatureInput(origin, logKey.publicKey, root),
          rootSignature,
        ),
      ),
    )
    const bad = results.filter((isValid) => !isValid).length
    if (bad > 0) {
      this.fail(
        'root-signatures',
        new LedgerError('SIGNATURE_INVALID', `${count(bad, 'receipt signature')} of the log do not verify`),
      )
    } else if (results.length > 0) {
      this.recorder.passed('root-signatures', origin, `${count(results.length, 'receipt signature')} of the log`)
    }
  }

  /** Notes that the log signed and its own entries contradict. No proof goes with them, so nothing is known to be common. */
  private contradictedBy(rootAt: (size: number) => Hash | undefined, notes: readonly OpenedNote[]): number[] {
    if (!this.isSound) return []
    const contradicted = notes.filter(
      ({ checkpoint }) => !equalBytes(rootAt(checkpoint.size) ?? new Uint8Array(), checkpoint.root),
    )
    for (const { checkpoint } of contradicted) {
      this.recorder.passed(
        'fork',
        this.log.origin,
        `the log signed two histories: its checkpoint of size ${checkpoint.size} is of another`,
      )
    }
    if (contradicted.length === 0) {
      this.recorder.passed(
        'consistency',
        this.log.origin,
        `${count(notes.length, 'checkpoint')} of one history, recomputed`,
      )
    }
    return contradicted.map(() => 0)
  }

  /** @returns the proof and the size up to which both histories are proved to be one; undefined when it is no fork */
  private async checkFork(
    fork: BundleFork,
    logKey: VerifierKey,
    notes: readonly OpenedNote[],
  ): Promise<{ proof: EquivocationProof; commonSize: number } | undefined> {
    const { verifier, sha256 } = this.cryptography
    try {
      const proof = decodeEquivocation(dataOf(fork.proof))
      const { a, b } = await verifyEquivocation(proof, logKey, verifier, sha256)
      this.recorder.passed('fork', this.log.origin, `the log signed two histories, of sizes ${a.size} and ${b.size}`)
      const others = [a, b].filter((checkpoint) => !notes.some((note) => isSameCheckpoint(note.checkpoint, checkpoint)))
      if (fork.common === undefined) return { proof, commonSize: 0 }
      // Where neither is a note of ours, which of them leaves our history is not known: nothing could be checked.
      const [other] = others.length === 1 ? others : []
      if (other === undefined)
        throw new LedgerError(
          'PROOF_INVALID',
          'a common size is given, and not one of the two notes is of this history',
        )
      const common = notes.find(({ checkpoint }) => checkpoint.size === fork.common?.size)
      if (common === undefined)
        throw new LedgerError('PROOF_INVALID', `no checkpoint of size ${fork.common.size} is given as common`)
      const { size, root } = common.checkpoint
      verifyConsistency(size, root, other.size, other.root, fork.common.path, sha256)
      return { proof, commonSize: size }
    } catch (error) {
      this.fail('fork', error)
      return undefined
    }
  }
}

/** Roots at any size, each in logarithmic time once the tree is hashed. */
function rootReader(leaves: readonly Hash[], sha256: Sha256): (size: number) => Hash | undefined {
  const reader = createLeafHashReader(leaves, sha256)
  return (size) => (size > leaves.length ? undefined : readRoot(reader, size, sha256))
}

function isSameCheckpoint(a: Checkpoint, b: Checkpoint): boolean {
  return a.size === b.size && equalBytes(a.root, b.root)
}

function dataOf(block: Block): Uint8Array {
  if (block.data !== undefined) return block.data
  throw new LedgerError('BUNDLE_MALFORMED', `block ${cidFromDigest(block.digest)} is missing or damaged`)
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
