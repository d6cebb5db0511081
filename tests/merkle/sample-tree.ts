/**
 * A tree for tests: leaf i is the hash of a text that names i, roots by the recursive definition.
 */
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { type HashReader, createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import { type Hash, leafHash } from '../../src/merkle/hash.ts'
import { treeRoot } from '../../src/merkle/tree.ts'

export interface SampleTree {
  readonly leafHashes: readonly Hash[]
  /** Root of the first n leaves, for n up to the size of the tree. */
  readonly roots: readonly Hash[]
  readonly reader: HashReader
}

export function sampleEntry(index: number, branch = ''): Uint8Array {
  return encodeUtf8(`entry ${index}${branch}`)
}

/** @param forkAt leaves from here on are another branch's */
export function sampleTree(size: number, forkAt: number = size): SampleTree {
  const leafHashes = Array.from({ length: size }, (_, index) =>
    leafHash(sampleEntry(index, index < forkAt ? '' : ' of the other branch')),
  )
  const roots = Array.from({ length: size + 1 }, (_, count) => treeRoot(leafHashes.slice(0, count)))
  return { leafHashes, roots, reader: createLeafHashReader(leafHashes) }
}

/** The bytes with one bit turned over. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const out = new Uint8Array(bytes)
  const at = Math.floor(bit / 8) % out.length
  out[at] = (out[at] ?? 0) ^ (1 << (bit % 8))
  return out
}

/** The code of the LedgerError that a call throws, or 'accepted'. */
export function codeOf(call: () => unknown): string {
  try {
    call()
    return 'accepted'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    throw error
  }
}
