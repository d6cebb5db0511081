/**
 * The log of a scenario: real entries, and a checkpoint a day that ends with the commitment to the index, signed by the log
 * and cosigned by real witnesses at 00:00. Where the story forks it, a second branch is shown to the witnesses after the
 * first half.
 */
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { leafHash } from '../merkle/hash.ts'
import { createLeafHashReader } from '../merkle/hash-reader.ts'
import { proveConsistency } from '../merkle/consistency.ts'
import { type Frontier, EMPTY_FRONTIER, appendLeaf, frontierRoot } from '../merkle/tree.ts'
import { signCheckpoint, formatCheckpoint } from '../note/checkpoint.ts'
import { cosign } from '../note/cosignature.ts'
import { encodeEquivocation, equivocationOfSameSize, proveEquivocation } from '../note/equivocation.ts'
import { formatNote, parseNote } from '../note/note.ts'
import { ED25519_COSIGNATURE, ED25519_NOTE, formatVerifierKey, verifierKey } from '../note/verifier-key.ts'
import type { Signer } from '../signing/signer.ts'
import type { EvidenceLog } from '../evidence/evidence-log.ts'
import type { SourceFork } from '../evidence/prepare-bundle.ts'
import { signCommitment } from '../subject-index/commitment.ts'
import { MemoryIndex } from '../subject-index/memory-index.ts'
import { MAP_ID } from '../subject-index/postings.ts'
import { cidFromDigest, type CidText } from '../encoding/cid.ts'

export interface Witness {
  readonly name: string
  readonly signer: Signer
}

export function witnessKey({ name, signer }: Witness): string {
  return formatVerifierKey(verifierKey(name, ED25519_COSIGNATURE, signer.publicKey))
}

interface Branch {
  readonly entries: Uint8Array[]
  readonly leaves: Hash[]
  readonly notes: { readonly note: Uint8Array; readonly size: number }[]
  readonly index: MemoryIndex
  readonly places: Map<CidText, number>
  frontier: Frontier
}

export class ScenarioLog {
  readonly origin: string
  readonly key: string
  readonly #signer: Signer
  readonly #witnesses: readonly Witness[]
  readonly #mirror: Witness
  readonly #sha256: Sha256
  readonly #main: Branch
  #second: Branch | undefined
  #commonSize = 0

  constructor(origin: string, signer: Signer, witnesses: readonly Witness[], mirror: Witness, sha256: Sha256) {
    this.origin = origin
    this.key = formatVerifierKey(verifierKey(origin, ED25519_NOTE, signer.publicKey))
    this.#signer = signer
    this.#witnesses = witnesses
    this.#mirror = mirror
    this.#sha256 = sha256
    this.#main = newBranch(sha256)
  }

  /** Entries so far. */
  get size(): number {
    return this.#main.entries.length
  }

  append(entry: Uint8Array): void {
    this.#append(this.#main, entry)
  }

  /** From here on there are two branches; the entry is only in the second. */
  appendForked(entry: Uint8Array): void {
    if (this.#second === undefined) {
      this.#commonSize = this.#main.notes.at(-1)?.size ?? 0
      const shared = this.#main.entries.slice(0, this.#commonSize)
      this.#second = newBranch(this.#sha256)
      for (const each of shared) this.#append(this.#second, each)
      this.#second.notes.push(...this.#main.notes)
    }
    this.#append(this.#second, entry)
  }

  /** Signs the log as it stands and has it cosigned. @param time Unix seconds @returns the note of the first branch */
  publish(time: number): Uint8Array {
    const half = Math.ceil(this.#witnesses.length / 2)
    const isForked = this.#second !== undefined
    const note = this.#publish(this.#main, time, [
      ...(isForked ? this.#witnesses.slice(0, half) : this.#witnesses),
      this.#mirror,
    ])
    if (this.#second !== undefined) this.#publish(this.#second, time, this.#witnesses.slice(half))
    return note
  }

  /** Whether the entry stands only in the second branch. */
  isOnlyForked(entry: Uint8Array): boolean {
    return this.#second?.entries.includes(entry) === true && !this.#main.entries.includes(entry)
  }

  /** The log as evidence: the first branch, or the second; with the proof of the fork where there is one. */
  evidence(useSecond = false): EvidenceLog {
    const branch = useSecond && this.#second !== undefined ? this.#second : this.#main
    const { notes, entries, leaves, index, places } = branch
    const size = notes.at(-1)?.size ?? 0
    const commitment = entries[size - 1]
    const notesBySize = new Map(notes.map((note) => [note.size, note]))
    return {
      origin: this.origin,
      size,
      reader: createLeafHashReader(leaves, this.#sha256),
      noteSizes: [...notesBySize.keys()],
      notesAt: (at) => [present(notesBySize.get(at))],
      forks: this.#second === undefined ? [] : [this.#proveFork(branch)],
      readEntry: (at) => present(entries[at]),
      indexOf: (id) => places.get(id),
      index,
      // A log that shows two histories travels whole.
      ...(commitment === undefined || this.#second !== undefined
        ? {}
        : { provable: { tree: () => index.tree(), commitment, isMirrored: true } }),
    }
  }

  #proveFork(shown: Branch): SourceFork {
    const hidden = shown === this.#main ? this.#second : this.#main
    const ours = shown.notes.at(-1)
    const other = hidden?.notes.at(-1)
    if (hidden === undefined || ours === undefined || other === undefined) throw new TypeError('the log is not forked')
    const larger = ours.size >= other.size ? shown : hidden
    const proof =
      ours.size === other.size
        ? equivocationOfSameSize(parseNote(ours.note), parseNote(other.note))
        : proveEquivocation(
            parseNote(ours.note),
            parseNote(other.note),
            createLeafHashReader(larger.leaves, this.#sha256),
            this.#sha256,
          )
    if (proof === undefined) throw new TypeError('the two branches do not contradict each other')
    const reader = createLeafHashReader(hidden.leaves, this.#sha256)
    return {
      proof: encodeEquivocation(proof),
      common: {
        size: this.#commonSize,
        path: proveConsistency(reader, this.#commonSize, other.size, this.#sha256),
      },
    }
  }

  #append(branch: Branch, entry: Uint8Array): void {
    const leaf = leafHash(entry, this.#sha256)
    branch.entries.push(entry)
    branch.leaves.push(leaf)
    branch.frontier = appendLeaf(branch.frontier, leaf, this.#sha256)
    const id = cidFromDigest(this.#sha256(entry))
    if (!branch.places.has(id)) branch.places.set(id, branch.index.size)
    branch.index.append(entry)
  }

  #publish(branch: Branch, time: number, witnesses: readonly Witness[]): Uint8Array {
    const { index } = branch
    const maps = [{ id: MAP_ID, subjects: index.subjects, root: index.root() }]
    this.#append(branch, signCommitment({ size: index.size, maps }, this.origin, this.#signer))
    const size = branch.entries.length
    const root = frontierRoot(branch.frontier, this.#sha256)
    const checkpoint = { origin: this.origin, size, root }
    const text = formatCheckpoint(checkpoint)
    const note = formatNote({
      text,
      signatures: [
        signCheckpoint(checkpoint, this.origin, this.#signer),
        ...witnesses.map(({ name, signer }) => cosign(text, name, time, signer)),
      ],
    })
    branch.notes.push({ note, size })
    return note
  }
}

function newBranch(sha256: Sha256): Branch {
  const index = new MemoryIndex(sha256)
  return { entries: [], leaves: [], notes: [], index, places: new Map(), frontier: EMPTY_FRONTIER }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError('a scenario log was asked for what it does not have')
  return value
}
