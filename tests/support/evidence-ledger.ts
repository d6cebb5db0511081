/**
 * A whole ledger in memory, with real keys and signatures: parties, logs, witnesses, and a policy text that names them.
 * Time is an argument of publish, so a test decides what was witnessed when.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import type { CidText } from '../../src/encoding/cid.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import type { EvidenceLog } from '../../src/evidence/evidence-log.ts'
import type { LogSource } from '../../src/evidence/prepare-bundle.ts'
import { createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import type { Hash } from '../../src/merkle/hash.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import { formatCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import { formatNote, parseNote, withSignatures } from '../../src/note/note.ts'
import { ED25519_COSIGNATURE, ED25519_NOTE, formatVerifierKey, verifierKey } from '../../src/note/verifier-key.ts'
import { nobleSigner } from '../../src/signing/ed25519-noble.ts'
import { didKey } from '../../src/signing/key.ts'
import type { Signer } from '../../src/signing/signer.ts'
import { prepareStatement, signStatement } from '../../src/statement/envelope.ts'
import type { PayloadByKind, ReadKind } from '../../src/statement/payload.ts'
import { rootSignatureInput } from '../../src/statement/receipt.ts'
import { signCommitment } from '../../src/subject-index/commitment.ts'
import { MemoryIndex } from '../../src/subject-index/memory-index.ts'
import { MAP_ID } from '../../src/subject-index/postings.ts'

export interface TestParty {
  readonly name: string
  readonly id: CidText
  readonly inception: Uint8Array
  readonly signer: Signer
}

export interface PublishedNote {
  readonly size: number
  readonly note: Uint8Array
  readonly rootSignature: Uint8Array
}

/** Mirrors read the entries first; so what whoever collects takes for the time of a note is not what a verifier does. */
const MIRROR_LAG = 3

/** A signer whose key depends on the name alone. */
export function namedSigner(name: string): Signer {
  return nobleSigner(sha256(encodeUtf8(`test key of ${name}`)))
}

export function createParty(name: string, logs: readonly string[]): TestParty {
  const signer = namedSigner(`${name} party`)
  const payload: PayloadByKind[3] = { v: 1, name, keys: [signer.publicKey], threshold: 1, logs }
  const prepared = prepareStatement(3, payload, { iss: didKey(signer.publicKey) }, signer.publicKey)
  const inception = signStatement(prepared, signer)
  return { name, id: cidOf(inception), inception, signer }
}

export function makeStatement<K extends ReadKind>(by: TestParty, kind: K, payload: PayloadByKind[K]): Uint8Array {
  return signStatement(prepareStatement(kind, payload, { iss: by.id }, by.signer.publicKey), by.signer)
}

/** An organisation with a node: a party, a log, a witness key. */
export class TestNode {
  readonly name: string
  readonly origin: string
  readonly party: TestParty
  readonly logSigner: Signer
  readonly witnessSigner: Signer
  readonly mirrorSigner: Signer
  readonly genesis: Uint8Array
  readonly entries: Uint8Array[] = []
  readonly published: PublishedNote[] = []
  private index: MemoryIndex | undefined

  constructor(name: string, { entries = [] }: { entries?: readonly Uint8Array[] } = {}) {
    this.name = name
    this.origin = `${name}.example/tally/1`
    this.party = createParty(name, [this.origin])
    this.logSigner = namedSigner(`${name} log`)
    this.witnessSigner = namedSigner(`${name} witness`)
    this.mirrorSigner = namedSigner(`${name} mirror`)
    this.genesis = makeStatement(this.party, 1, {
      v: 1,
      origin: this.origin,
      operator: this.party.id,
      logKey: this.logKey,
      witnessKey: this.witnessKey,
      mirrorKey: this.mirrorKey,
      admission: { mode: 'open' },
    })
    this.entries.push(this.genesis, this.party.inception, ...entries)
  }

  get logKey(): string {
    return formatVerifierKey(verifierKey(this.origin, ED25519_NOTE, this.logSigner.publicKey))
  }

  get witnessName(): string {
    return `${this.name}.example/witness`
  }

  get witnessKey(): string {
    return formatVerifierKey(verifierKey(this.witnessName, ED25519_COSIGNATURE, this.witnessSigner.publicKey))
  }

  get mirrorName(): string {
    return `${this.name}.example/mirror`
  }

  get mirrorKey(): string {
    return formatVerifierKey(verifierKey(this.mirrorName, ED25519_COSIGNATURE, this.mirrorSigner.publicKey))
  }

  append(...entries: readonly Uint8Array[]): void {
    this.entries.push(...entries)
  }

  /**
   * Closes the log with the commitment to its index, and publishes it with the lines of mirrors too.
   *
   * @param indexed what the index is said to be of; the entries, unless the log lies
   */
  publishIndexed(
    time: number,
    witnesses: readonly TestNode[],
    mirrors: readonly TestNode[] = witnesses,
    indexed: readonly Uint8Array[] = this.entries,
  ): PublishedNote {
    this.index = new MemoryIndex(sha256)
    for (const entry of indexed) this.index.append(entry)
    const maps = [{ id: MAP_ID, subjects: this.index.subjects, root: this.index.root() }]
    this.append(signCommitment({ size: this.entries.length, maps }, this.origin, this.logSigner))
    const published = this.signAt(this.entries.length, time, witnesses)
    const note = parseNote(published.note)
    const lines = mirrors.map((mirror) => cosign(note.text, mirror.mirrorName, time + MIRROR_LAG, mirror.mirrorSigner))
    const mirrored = { ...published, note: formatNote(withSignatures(note, lines)) }
    this.published.push(mirrored)
    return mirrored
  }

  /** The log as evidence, at its last note, which publishIndexed made. */
  evidenceLog(): EvidenceLog {
    const { entries, published, index } = this
    const last = published.at(-1)
    const commitment = entries.at(-1)
    if (last === undefined || index === undefined || commitment === undefined) throw new Error('not published')
    const notes = new Map(published.map((each) => [each.size, each]))
    const ids = entries.map((entry) => cidOf(entry))
    return {
      origin: this.origin,
      size: last.size,
      reader: createLeafHashReader(this.leafHashes()),
      noteSizes: [...notes.keys()],
      notesAt: (size) => {
        const note = notes.get(size)
        if (note === undefined) throw new Error(`no note of size ${size}`)
        return [note]
      },
      forks: [],
      readEntry: (at) => entries[at] ?? new Uint8Array(),
      indexOf: (id) => (ids.includes(id) ? ids.indexOf(id) : undefined),
      index,
      provable: { tree: () => index.tree(), commitment, isMirrored: true },
    }
  }

  leafHashes(size: number = this.entries.length): Hash[] {
    return this.entries.slice(0, size).map((entry) => leafHash(entry))
  }

  /** Signs and cosigns the log as it stands at `time`, and keeps the note. */
  publish(time: number, witnesses: readonly TestNode[]): PublishedNote {
    const published = this.signAt(this.entries.length, time, witnesses)
    this.published.push(published)
    return published
  }

  signAt(size: number, time: number, witnesses: readonly TestNode[]): PublishedNote {
    return this.signRoot(size, treeRoot(this.leafHashes(size)), time, witnesses)
  }

  signRoot(size: number, root: Hash, time: number, witnesses: readonly TestNode[]): PublishedNote {
    const checkpoint = { origin: this.origin, size, root }
    const text = formatCheckpoint(checkpoint)
    const lines = witnesses.map((witness) => cosign(text, witness.witnessName, time, witness.witnessSigner))
    return {
      size,
      note: formatNote({ text, signatures: [signCheckpoint(checkpoint, this.origin, this.logSigner), ...lines] }),
      rootSignature: this.logSigner.sign(rootSignatureInput(this.origin, this.logSigner.publicKey, root)),
    }
  }

  /** The whole log, for a bundle in replay mode. */
  replaySource(): LogSource {
    return { mode: 'replay', origin: this.origin, entries: this.entries, notes: this.published }
  }

  /** Only the entries at these positions, for a bundle with paths. */
  partialSource(indices: readonly number[]): LogSource {
    const size = this.published.at(-1)?.size ?? 0
    return {
      mode: 'paths',
      origin: this.origin,
      notes: this.published,
      reader: createLeafHashReader(this.leafHashes(size)),
      entries: indices.map((index) => ({ index, bytes: this.entries[index] ?? new Uint8Array() })),
    }
  }
}

export interface PolicyOptions {
  /** Witnesses that must cosign; default: a majority of the log's other operators, which is the size of the list - 1. */
  readonly k?: number
  readonly logs?: readonly TestNode[]
  readonly maxStaleness?: string
  /** Whose word counts for the index, one of them; left out: nobody's. */
  readonly mirrors?: readonly TestNode[]
}

export function policyText(witnesses: readonly TestNode[], options: PolicyOptions = {}): string {
  const k = options.k ?? Math.floor((witnesses.length - 1) / 2) + 1
  const names = witnesses.map(({ name }) => name).join(' ')
  return [
    ...(options.logs ?? []).map(({ logKey }) => `log ${logKey}\n`),
    ...witnesses.map(({ name, witnessKey }) => `witness ${name} ${witnessKey}\n`),
    `group operators ${k} ${names}\n`,
    'quorum operators\n',
    ...(options.mirrors ?? []).map(({ name, mirrorKey }) => `witness ${name}-mirror ${mirrorKey}\n`),
    ...(options.mirrors === undefined
      ? []
      : [`group mirrors 1 ${options.mirrors.map(({ name }) => `${name}-mirror`).join(' ')}\n`]),
    `#tally max-staleness ${options.maxStaleness ?? '30d'}\n`,
  ].join('')
}
