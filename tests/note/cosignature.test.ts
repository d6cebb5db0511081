import { describe, expect, it } from 'vitest'
import { concatBytes, readU64, u64 } from '../../src/encoding/bytes.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { cosign, cosignatureTimestamp, verifyCosignature } from '../../src/note/cosignature.ts'
import { type Note, type NoteSignature, withSignatures } from '../../src/note/note.ts'
import { ED25519_NOTE, verifierKey } from '../../src/note/verifier-key.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { codeOf, flipBit } from '../merkle/sample-tree.ts'
import {
  COSIGNED_AT,
  WITNESS_NAME,
  codeOfPromise,
  cosignedNote,
  logKey,
  logNote,
  signerOf,
  witnessKey,
  witnessSigner,
} from './sample-keys.ts'

const verify = (note: Note, key = witnessKey): Promise<{ timestamp: number } | undefined> =>
  verifyCosignature(note, key, nobleVerifier)

function withLine(signature: Uint8Array): Note {
  return withSignatures(logNote(41), [{ name: WITNESS_NAME, keyId: witnessKey.keyId, signature }])
}

/** What a witness that signs anything would sign. */
function cosignedBytes(timestamp: number | bigint, text: string): Uint8Array {
  return concatBytes(u64(timestamp), witnessSigner.sign(encodeUtf8(`cosignature/v1\ntime ${timestamp}\n${text}`)))
}

describe('cosignatures', () => {
  it('say when the witness saw the checkpoint', async () => {
    await expect(verify(cosignedNote(41))).resolves.toEqual({ timestamp: COSIGNED_AT })
  })

  it('are the time in 8 bytes, then the signature over time and text', () => {
    const { text } = logNote(41)
    const { signature } = cosign(text, WITNESS_NAME, COSIGNED_AT, witnessSigner)
    expect(signature).toEqual(cosignedBytes(COSIGNED_AT, text))
    expect(readU64(signature)).toBe(BigInt(COSIGNED_AT))
  })

  it('are undefined where the key has no line', async () => {
    await expect(verify(logNote(41))).resolves.toBeUndefined()
    const other = verifierKey(WITNESS_NAME, 4, signerOf(9).publicKey)
    await expect(verify(cosignedNote(41), other)).resolves.toBeUndefined()
  })

  it('never verify by a key of another type', async () => {
    await expect(verify(cosignedNote(41), logKey)).resolves.toBeUndefined()
    const noteKey = verifierKey(WITNESS_NAME, ED25519_NOTE, witnessSigner.publicKey)
    await expect(verify(cosignedNote(41), noteKey)).resolves.toBeUndefined()
    await expect(verify(cosignedNote(41), { ...witnessKey, type: 6 })).resolves.toBeUndefined()
  })

  it('fail when any bit of time or signature is turned', async () => {
    const signature = cosignedBytes(COSIGNED_AT, logNote(41).text)
    for (let bit = 0; bit < signature.length * 8; bit += 3) {
      const code = await codeOfPromise(verify(withLine(flipBit(signature, bit))))
      expect(code).toMatch(/^(SIGNATURE_INVALID|COSIGNATURE_MALFORMED)$/)
    }
  })

  it('of one checkpoint do not serve another', async () => {
    const [, line] = cosignedNote(41).signatures
    const moved = withSignatures(logNote(42), line === undefined ? [] : [line])
    expect(await codeOfPromise(verify(moved))).toBe('SIGNATURE_INVALID')
  })

  it('are refused without a time, and with one that a number cannot hold', async () => {
    const { text } = logNote(41)
    expect(await codeOfPromise(verify(withLine(cosignedBytes(0, text))))).toBe('COSIGNATURE_MALFORMED')
    expect(await codeOfPromise(verify(withLine(cosignedBytes(2n ** 53n, text))))).toBe('COSIGNATURE_MALFORMED')
    expect(await codeOfPromise(verify(withLine(cosignedBytes(2n ** 63n, text))))).toBe('COSIGNATURE_MALFORMED')
    await expect(verify(withLine(cosignedBytes(2n ** 53n - 1n, text)))).resolves.toEqual({ timestamp: 2 ** 53 - 1 })
  })

  it('are refused in any length but 72 bytes', async () => {
    const signature = cosignedBytes(COSIGNED_AT, logNote(41).text)
    for (const length of [1, 8, 64, 71]) {
      expect(await codeOfPromise(verify(withLine(signature.subarray(0, length))))).toBe('COSIGNATURE_MALFORMED')
    }
    expect(await codeOfPromise(verify(withLine(concatBytes(signature, u64(0)))))).toBe('COSIGNATURE_MALFORMED')
  })

  it('are refused when the key has two lines', async () => {
    const { text, signatures } = cosignedNote(41)
    const again: NoteSignature = cosign(text, WITNESS_NAME, COSIGNED_AT + 1, witnessSigner)
    expect(await codeOfPromise(verify({ text, signatures: [...signatures, again] }))).toBe('NOTE_MALFORMED')
  })

  it('are not given to text that is no checkpoint, nor without a time', () => {
    const { text } = logNote(41)
    const code = codeOf(() => cosign(`${text}extension\n`, WITNESS_NAME, COSIGNED_AT, witnessSigner))
    expect(code).toBe('CHECKPOINT_MALFORMED')
    for (const timestamp of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      expect(() => cosign(text, WITNESS_NAME, timestamp, witnessSigner)).toThrow(RangeError)
    }
  })

  it('state their time before they are verified', () => {
    const [, line] = cosignedNote(41).signatures
    expect(line === undefined ? 0 : cosignatureTimestamp(line)).toBe(COSIGNED_AT)
  })
})
