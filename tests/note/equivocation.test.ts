import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { proveConsistency } from '../../src/merkle/consistency.ts'
import {
  type EquivocationProof,
  decodeEquivocation,
  encodeEquivocation,
  equivocationFromConsistency,
  equivocationOfSameSize,
  proveEquivocation,
  verifyEquivocation,
} from '../../src/note/equivocation.ts'
import type { Note } from '../../src/note/note.ts'
import { formatNote, parseNote } from '../../src/note/note.ts'
import { verifierKey } from '../../src/note/verifier-key.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { codeOf, flipBit, sampleTree } from '../merkle/sample-tree.ts'
import { LOG_ORIGIN, codeOfPromise, cosignedNote, logKey, logNote, signerOf } from './sample-keys.ts'

const LARGEST = 16
const FORK_AT = 5
const ours = sampleTree(LARGEST)
const theirs = sampleTree(LARGEST, FORK_AT)
const notes = (tree: typeof ours): Note[] => tree.roots.map((root, size) => logNote(size, root))
const ourNotes = notes(ours)
const theirNotes = notes(theirs)
const at = (list: readonly Note[], size: number): Note => list[size] ?? logNote(0)

function verify(proof: EquivocationProof, key = logKey): Promise<string> {
  return codeOfPromise(verifyEquivocation(proof, key, nobleVerifier))
}

/** A proof of the kind without a prior root: two notes of size 9. */
function sameSizeProof(): EquivocationProof {
  return equivocationOfSameSize(at(ourNotes, 9), at(theirNotes, 9))
}

/** A proof of the kind with one: our size 7 against their size 12. */
function twoSizesProof(): Required<EquivocationProof> {
  const proof = proveEquivocation(at(ourNotes, 7), at(theirNotes, 12), theirs.reader)
  if (proof?.prior === undefined) throw new Error('two branches make a proof with a prior root')
  return { ...proof, prior: proof.prior }
}

describe('fork proofs', () => {
  it('convict for every two sizes beyond the fork, in either order, and after a round trip', async () => {
    let convictions = 0
    for (let a = 1; a <= LARGEST; a++) {
      for (let b = a; b <= LARGEST; b++) {
        const proof = proveEquivocation(at(theirNotes, b), at(ourNotes, a), theirs.reader)
        expect(proof === undefined).toBe(a <= FORK_AT)
        if (proof === undefined) continue
        expect(proveEquivocation(at(ourNotes, a), at(theirNotes, b), theirs.reader)).toEqual(proof)
        const decoded = decodeEquivocation(encodeEquivocation(proof))
        expect(decoded).toEqual(proof)
        const found = await verifyEquivocation(decoded, logKey, nobleVerifier)
        expect([found.origin, found.a.size, found.b.size]).toEqual([LOG_ORIGIN, a, b])
        convictions++
      }
    }
    expect(convictions).toBe((11 * 12) / 2)
  })

  it('never convict an honest log, whatever path comes with its notes', async () => {
    for (let a = 1; a < LARGEST; a++) {
      for (let b = a + 1; b <= LARGEST; b++) {
        const honest = proveConsistency(ours.reader, a, b)
        expect(proveEquivocation(at(ourNotes, a), at(ourNotes, b), ours.reader)).toBeUndefined()
        expect(equivocationFromConsistency(at(ourNotes, a), at(ourNotes, b), honest)).toBeUndefined()
        const forged = { root: theirs.roots[a] ?? new Uint8Array(32), path: honest }
        const proof = { noteA: at(ourNotes, a), noteB: at(ourNotes, b), prior: forged }
        expect(await verify(proof)).toBe('EQUIVOCATION_INVALID')
      }
    }
  })

  it('follow from a consistency proof alone, unless the smaller size is a power of two', async () => {
    for (let a = FORK_AT + 1; a < LARGEST; a++) {
      for (let b = a + 1; b <= LARGEST; b++) {
        const path = proveConsistency(theirs.reader, a, b)
        const proof = equivocationFromConsistency(at(ourNotes, a), at(theirNotes, b), path)
        const isPower = a === 8
        expect(proof === undefined).toBe(isPower)
        expect(proof === undefined ? 'accepted' : await verify(proof)).toBe('accepted')
      }
    }
    const path = proveConsistency(theirs.reader, 7, 12)
    expect(equivocationFromConsistency(at(ourNotes, 7), at(theirNotes, 12), path.slice(1))).toBeUndefined()
    expect(equivocationFromConsistency(at(ourNotes, 7), at(ourNotes, 12), path)).toBeUndefined()
    expect(equivocationFromConsistency(at(ourNotes, 12), at(theirNotes, 7), path)).toBeUndefined()
  })

  it('are the same bytes for the same two notes, in whatever order they were found', () => {
    const other = equivocationOfSameSize(at(theirNotes, 9), at(ourNotes, 9))
    expect(encodeEquivocation(other)).toEqual(encodeEquivocation(sameSizeProof()))
    const swapped = { noteA: other.noteB, noteB: other.noteA }
    expect(encodeEquivocation(swapped)).not.toEqual(encodeEquivocation(other))
  })

  it('keep the cosignatures of both notes', () => {
    const proof = equivocationOfSameSize(cosignedNote(9, ours.roots[9]), cosignedNote(9, theirs.roots[9]))
    expect(decodeEquivocation(encodeEquivocation(proof)).noteA.signatures).toHaveLength(2)
  })

  it('are refused in the wrong order, doubled, or against another log', async () => {
    const { noteA, noteB } = sameSizeProof()
    expect(await verify({ noteA, noteB })).toBe('accepted')
    expect(await verify({ noteA: noteB, noteB: noteA })).toBe('EQUIVOCATION_INVALID')
    expect(await verify({ noteA, noteB: noteA })).toBe('EQUIVOCATION_INVALID')
    expect(await verify({ noteA, noteB, prior: twoSizesProof().prior })).toBe('EQUIVOCATION_INVALID')
    const otherKey = verifierKey(LOG_ORIGIN, 1, signerOf(9).publicKey)
    expect(await verify({ noteA, noteB }, otherKey)).toBe('EQUIVOCATION_INVALID')
  })

  it('of two sizes are refused without a path, with a spoilt one, or with the signed root itself', async () => {
    const { noteA, noteB, prior } = twoSizesProof()
    expect(await verify({ noteA, noteB, prior })).toBe('accepted')
    expect(await verify({ noteA, noteB })).toBe('EQUIVOCATION_INVALID')
    expect(await verify({ noteA: noteB, noteB: noteA, prior })).toBe('EQUIVOCATION_INVALID')
    const signedRoot = ours.roots[7] ?? new Uint8Array(32)
    expect(await verify({ noteA, noteB, prior: { ...prior, root: signedRoot } })).toBe('EQUIVOCATION_INVALID')
    for (let position = 0; position < prior.path.length; position++) {
      const path = prior.path.map((hash, index) => (index === position ? flipBit(hash, 9) : hash))
      expect(await verify({ noteA, noteB, prior: { ...prior, path } })).toBe('EQUIVOCATION_INVALID')
    }
  })

  it('are refused when either signature is not the log’s', async () => {
    const { noteA, noteB } = sameSizeProof()
    const spoil = ({ text, signatures }: Note): Note => ({
      text,
      signatures: signatures.map((line) => Object.assign({}, line, { signature: flipBit(line.signature, 77) })),
    })
    expect(await verify({ noteA: spoil(noteA), noteB })).toBe('EQUIVOCATION_INVALID')
    expect(await verify({ noteA, noteB: spoil(noteB) })).toBe('EQUIVOCATION_INVALID')
  })

  it('do not survive a change of any byte', async () => {
    for (const proof of [sameSizeProof(), twoSizesProof()]) {
      const bytes = encodeEquivocation(proof)
      const check = async (mutated: Uint8Array): Promise<string> => verify(decodeEquivocation(mutated))
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: bytes.length * 8 - 1 }), async (bit) => {
          expect(await codeOfPromise(check(flipBit(bytes, bit)).then(rejectUnlessAccepted))).not.toBe('accepted')
        }),
        { numRuns: 150 },
      )
    }
  })

  it('are refused in any other shape', () => {
    const { noteA, noteB } = sameSizeProof()
    const both = [formatNote(noteA), formatNote(noteB)]
    const { root } = twoSizesProof().prior
    const shapes = [
      [],
      new Map<string, unknown>([
        ['v', 2],
        ['notes', both],
      ]),
      new Map<string, unknown>([
        ['v', 1],
        ['notes', both.slice(1)],
      ]),
      new Map<string, unknown>([
        ['v', 1],
        ['notes', ['a', 'b']],
      ]),
      new Map<string, unknown>([
        ['v', 1],
        ['x', 1],
        ['notes', both],
      ]),
      new Map<string, unknown>([
        ['v', 1],
        ['notes', both],
        ['prior', 1],
      ]),
      new Map<string, unknown>([
        ['v', 1],
        ['notes', both],
        ['prior', new Map<string, unknown>([['root', root]])],
      ]),
      new Map<string, unknown>([
        ['v', 1],
        ['notes', both],
        [
          'prior',
          new Map<string, unknown>([
            ['path', [1]],
            ['root', root],
          ]),
        ],
      ]),
    ]
    for (const shape of shapes) {
      const bytes = encodeCbor(shape as Parameters<typeof encodeCbor>[0])
      expect(codeOf(() => decodeEquivocation(bytes))).toBe('EQUIVOCATION_INVALID')
    }
    const noNote = new Map<string, unknown>([
      ['v', 1],
      ['notes', [Uint8Array.of(1), Uint8Array.of(2)]],
    ])
    expect(codeOf(() => decodeEquivocation(encodeCbor(noNote as Parameters<typeof encodeCbor>[0])))).toBe(
      'NOTE_MALFORMED',
    )
    expect(codeOf(() => decodeEquivocation(Uint8Array.of(0xff)))).toBe('CBOR_MALFORMED')
  })

  it('are not made where there is nothing to prove', () => {
    expect(() => equivocationOfSameSize(at(ourNotes, 3), at(ourNotes, 3))).toThrow(RangeError)
    expect(() => equivocationOfSameSize(at(ourNotes, 9), at(theirNotes, 8))).toThrow(RangeError)
    expect(proveEquivocation(at(ourNotes, 0), at(theirNotes, 9), theirs.reader)).toBeUndefined()
    expect(() => proveEquivocation(at(ourNotes, 7), at(theirNotes, 12), ours.reader)).toThrow(RangeError)
    expect(parseNote(formatNote(at(ourNotes, 3)))).toEqual(at(ourNotes, 3))
  })
})

/** Turns a code that is not `accepted` into a rejection, so that one helper names both kinds of refusal. */
function rejectUnlessAccepted(code: string): void {
  if (code !== 'accepted') throw Object.assign(new Error('refused'), { code })
}
