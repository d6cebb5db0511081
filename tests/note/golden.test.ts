/**
 * The worked example: keys from fixed seeds, three statements, and every file a log of them publishes, byte for byte.
 */
import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex, toBase64, toHex } from '../../src/encoding/bytes.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { proveConsistency, verifyConsistency } from '../../src/merkle/consistency.ts'
import { createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { proveInclusion } from '../../src/merkle/inclusion.ts'
import { decodeEntryBundle, encodeEntryBundle, entryBundlePath, formatTilePath } from '../../src/merkle/tile.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import { formatAddCheckpoint, parseAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { formatCheckpoint, openCheckpoint } from '../../src/note/checkpoint.ts'
import { verifyCosignature } from '../../src/note/cosignature.ts'
import { formatNote, parseNote } from '../../src/note/note.ts'
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '../../src/note/tlog-proof.ts'
import { formatVerifierKey, parseVerifierKey } from '../../src/note/verifier-key.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { hasVectors, readVector, readVectorText } from '../merkle/vectors.ts'
import { COSIGNED_AT, cosignedNote, logKey, logNote, sampleCheckpoint, witnessKey } from './sample-keys.ts'

interface Golden {
  readonly leaf: readonly string[]
  readonly root: string
  readonly logVkey: string
  readonly witnessVkey: string
  readonly checkpoint: string
  readonly tlogProof: string
  readonly addCheckpoint: string
}

describe.runIf(hasVectors('golden'))('the golden files', () => {
  const golden = (): Golden => JSON.parse(readVectorText('golden/golden.json')) as Golden
  const entries = (): Uint8Array[] => decodeEntryBundle(readVector('golden/site', entryBundlePath(0, 3)))
  const leaves = (): Uint8Array[] => entries().map((entry) => leafHash(entry))

  it('hold the verifier keys of their seeds', () => {
    expect(formatVerifierKey(logKey)).toBe(golden().logVkey)
    expect(formatVerifierKey(witnessKey)).toBe(golden().witnessVkey)
    expect(readVectorText('golden/log.vkey').trim()).toBe(golden().logVkey)
    expect(readVectorText('golden/witness.vkey').trim()).toBe(golden().witnessVkey)
  })

  it('hold the leaf hashes, the tile and the root of the three statements', () => {
    expect(leaves().map(toHex)).toEqual(golden().leaf)
    expect(toHex(treeRoot(leaves()))).toBe(golden().root)
    expect(entries()[2]).toEqual(readVector('golden/statement2.cose'))
    expect(encodeEntryBundle(entries())).toEqual(readVector('golden/site', entryBundlePath(0, 3)))
    const tile = formatTilePath({ level: 0, index: 0, width: 3 })
    expect(concatBytes(...leaves())).toEqual(readVector('golden/site', tile))
  })

  it('hold the checkpoint that the keys sign, with its cosignature', async () => {
    const note = cosignedNote(3, fromHex(golden().root))
    expect(formatNote(note)).toEqual(encodeUtf8(golden().checkpoint))
    expect(formatNote(note)).toEqual(readVector('golden/site/checkpoint'))
    const read = parseNote(readVector('golden/site/checkpoint'))
    const checkpoint = await openCheckpoint(read, parseVerifierKey(golden().logVkey), nobleVerifier)
    expect(checkpoint).toEqual(sampleCheckpoint(3, fromHex(golden().root)))
    expect(formatCheckpoint(checkpoint)).toBe(read.text)
    const cosignature = await verifyCosignature(read, parseVerifierKey(golden().witnessVkey), nobleVerifier)
    expect(cosignature).toEqual({ timestamp: COSIGNED_AT })
  })

  it('hold the proof file of statement 2', async () => {
    const path = proveInclusion(createLeafHashReader(leaves()), 2, 3)
    const proof = { index: 2, path, note: cosignedNote(3, fromHex(golden().root)) }
    const bytes = readVector('golden/proof2.tlog-proof')
    expect(formatTlogProof(proof)).toEqual(bytes)
    expect(bytes).toEqual(encodeUtf8(golden().tlogProof))
    expect(parseTlogProof(bytes)).toEqual(proof)
    const entry = readVector('golden/statement2.cose')
    await expect(verifyTlogProof(parseTlogProof(bytes), entry, logKey, nobleVerifier)).resolves.toMatchObject({
      size: 3,
    })
  })

  it('hold the request for a cosignature, from size 1 to 3', () => {
    const reader = createLeafHashReader(leaves())
    const request = { old: 1, proof: proveConsistency(reader, 1, 3), note: logNote(3, fromHex(golden().root)) }
    const bytes = encodeUtf8(golden().addCheckpoint)
    expect(formatAddCheckpoint(request)).toEqual(bytes)
    expect(parseAddCheckpoint(bytes)).toEqual(request)
    const published = JSON.parse(readVectorText('golden/proof.json')) as { cons: string[]; incl: string[] }
    expect(request.proof.map(toBase64)).toEqual(published.cons)
    expect(proveInclusion(reader, 2, 3).map(toBase64)).toEqual(published.incl)
    verifyConsistency(1, treeRoot(leaves().slice(0, 1)), 3, fromHex(golden().root), request.proof)
  })
})
