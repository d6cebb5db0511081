import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64 } from '../../src/encoding/bytes.ts'
import { EMPTY_ROOT } from '../../src/merkle/hash.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { type Note, formatNote, parseNote } from '../../src/note/note.ts'
import { ED25519_COSIGNATURE, verifierKey } from '../../src/note/verifier-key.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { codeOf, flipBit } from '../merkle/sample-tree.ts'
import {
  LOG_ORIGIN,
  codeOfPromise,
  cosignedNote,
  logKey,
  logNote,
  logSigner,
  sampleCheckpoint,
  signerOf,
  witnessKey,
} from './sample-keys.ts'

const ROOT = toBase64(EMPTY_ROOT)
const TEXT = `log.example/ledger/1\n41\n${ROOT}\n`

describe('checkpoints', () => {
  it('give back what they were made of', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9./]{1,40}$/),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (origin, size, root) => {
          expect(parseCheckpoint(formatCheckpoint({ origin, size, root }))).toEqual({ origin, size, root })
        },
      ),
    )
  })

  it('have one spelling', () => {
    fc.assert(
      fc.property(fc.nat({ max: TEXT.length }), fc.string({ maxLength: 2 }), fc.nat({ max: 2 }), (at, text, count) => {
        const mutated = TEXT.slice(0, at) + text + TEXT.slice(at + count)
        const code = codeOf(() => parseCheckpoint(mutated))
        expect(code).toMatch(/^(accepted|CHECKPOINT_MALFORMED)$/)
        expect(code === 'accepted' ? formatCheckpoint(parseCheckpoint(mutated)) : mutated).toBe(mutated)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['nothing', ''],
    ['two lines', 'log.example\n41\n'],
    ['an extension line', `${TEXT}extension\n`],
    ['an empty line at the end', `${TEXT}\n`],
    ['no last newline', TEXT.slice(0, -1)],
    ['a leading zero', TEXT.replace('41', '041')],
    ['a plus sign', TEXT.replace('41', '+41')],
    ['a minus sign', TEXT.replace('41', '-41')],
    ['an exponent', TEXT.replace('41', '4e1')],
    ['hexadecimal digits', TEXT.replace('41', '0x29')],
    ['a space before the size', TEXT.replace('41', ' 41')],
    ['digits of another script', TEXT.replace('41', '٤١')],
    ['no size', TEXT.replace('41', '')],
    ['a size of 2^53', TEXT.replace('41', '9007199254740992')],
    ['a size of 20 digits', TEXT.replace('41', '18446744073709551615')],
    ['no origin', TEXT.replace('log.example/ledger/1', '')],
    ['a space in the origin', TEXT.replace('ledger', 'led ger')],
    ['a plus in the origin', TEXT.replace('ledger', 'led+ger')],
    ['the origin cosignature/v1', TEXT.replace('log.example/ledger/1', 'cosignature/v1')],
    ['an origin of 256 bytes', TEXT.replace('log.example/ledger/1', 'o'.repeat(256))],
    ['an origin of 128 two-byte characters', TEXT.replace('log.example/ledger/1', 'é'.repeat(128))],
    ['a root of 31 bytes', TEXT.replace(ROOT, toBase64(EMPTY_ROOT.subarray(1)))],
    ['a root in base64url', TEXT.replace('+', '-')],
    ['an empty tree with some root', TEXT.replace('41', '0').replace(ROOT, toBase64(new Uint8Array(32)))],
    ['Windows line ends', TEXT.replaceAll('\n', '\r\n')],
  ])('are refused with %s', (_, text) => {
    expect(codeOf(() => parseCheckpoint(text))).toBe('CHECKPOINT_MALFORMED')
  })

  it('of the empty tree are accepted with its root', () => {
    expect(parseCheckpoint(TEXT.replace('41', '0'))).toEqual(sampleCheckpoint(0))
  })

  it('are not made of what would not be read', () => {
    expect(() => formatCheckpoint({ origin: 'cosignature/v1', size: 1, root: EMPTY_ROOT })).toThrow(RangeError)
    expect(() => formatCheckpoint({ origin: 'a\nb', size: 1, root: EMPTY_ROOT })).toThrow(RangeError)
    expect(() => formatCheckpoint(sampleCheckpoint(1, new Uint8Array(31)))).toThrow(RangeError)
    expect(() => formatCheckpoint(sampleCheckpoint(0, new Uint8Array(32)))).toThrow(RangeError)
    expect(codeOf(() => formatCheckpoint(sampleCheckpoint(-1)))).toBe('TREE_RANGE')
    expect(codeOf(() => formatCheckpoint(sampleCheckpoint(1.5)))).toBe('TREE_RANGE')
    expect(() => signCheckpoint(sampleCheckpoint(1), 'other.example', logSigner)).toThrow(RangeError)
  })
})

describe('opening a note as a checkpoint', () => {
  const open = (note: Note, key = logKey): Promise<unknown> => openCheckpoint(note, key, nobleVerifier)
  const openBytes = async (bytes: Uint8Array): Promise<unknown> => open(parseNote(bytes))

  it('gives the checkpoint that the log signed, whoever else signed', async () => {
    await expect(open(logNote(41))).resolves.toEqual(sampleCheckpoint(41))
    await expect(open(cosignedNote(41))).resolves.toEqual(sampleCheckpoint(41))
  })

  it('is refused when any bit of text or log signature is turned', async () => {
    const bytes = formatNote(logNote(41))
    for (let bit = 0; bit < bytes.length * 8; bit += 5) {
      const mutated = flipBit(bytes, bit)
      const code = await codeOfPromise(openBytes(mutated))
      expect(code).toMatch(/^(SIGNATURE_INVALID|NOTE_UNSIGNED|NOTE_MALFORMED)$/)
    }
  })

  it('needs the line of the known key: not its name with another id, nor its id with another name', async () => {
    const [line] = logNote(41).signatures
    if (line === undefined) throw new Error('the sample note is signed')
    const note = (changed: object): Note => ({ text: logNote(41).text, signatures: [{ ...line, ...changed }] })
    expect(await codeOfPromise(open(note({ keyId: line.keyId ^ 1 })))).toBe('NOTE_UNSIGNED')
    expect(await codeOfPromise(open(note({ name: 'other.example' })))).toBe('NOTE_UNSIGNED')
  })

  it('is refused when the known line is bad, whatever good lines stand beside it', async () => {
    const { text, signatures } = cosignedNote(41)
    const [first, ...rest] = signatures
    if (first === undefined) throw new Error('the sample note is signed')
    const spoilt = { ...first, signature: flipBit(first.signature, 300) }
    expect(await codeOfPromise(open({ text, signatures: [spoilt, ...rest] }))).toBe('SIGNATURE_INVALID')
    expect(await codeOfPromise(open({ text, signatures: [first, spoilt] }))).toBe('NOTE_MALFORMED')
  })

  it('ignores lines of unknown keys, good or bad', async () => {
    const { text, signatures } = logNote(41)
    const unknown = { name: 'unknown.example', keyId: 7, signature: new Uint8Array(64) }
    await expect(open({ text, signatures: [unknown, ...signatures] })).resolves.toEqual(sampleCheckpoint(41))
  })

  it('never takes a key of another type for that of a log', async () => {
    const asWitness = verifierKey(LOG_ORIGIN, ED25519_COSIGNATURE, logSigner.publicKey)
    expect(await codeOfPromise(open(logNote(41), asWitness))).toBe('NOTE_UNSIGNED')
    expect(await codeOfPromise(open(cosignedNote(41), witnessKey))).toBe('NOTE_UNSIGNED')
    const [line] = logNote(41).signatures
    const unverifiable = { ...logKey, type: 6, publicKey: new Uint8Array(1312) }
    expect(line?.keyId).toBe(unverifiable.keyId)
    expect(await codeOfPromise(open(logNote(41), unverifiable))).toBe('NOTE_UNSIGNED')
  })

  it('refuses a log that signs in the name of another', async () => {
    const text = formatCheckpoint({ ...sampleCheckpoint(41), origin: 'other.example/log' })
    const signature = {
      name: LOG_ORIGIN,
      keyId: logKey.keyId,
      signature: logSigner.sign(new TextEncoder().encode(text)),
    }
    expect(await codeOfPromise(open({ text, signatures: [signature] }))).toBe('CHECKPOINT_MALFORMED')
  })

  it('refuses signed text that is no checkpoint', async () => {
    const text = `${TEXT}extension\n`
    const signature = {
      name: LOG_ORIGIN,
      keyId: logKey.keyId,
      signature: logSigner.sign(new TextEncoder().encode(text)),
    }
    expect(await codeOfPromise(open({ text, signatures: [signature] }))).toBe('CHECKPOINT_MALFORMED')
  })

  it('refuses the signature of another key under the right name and id', async () => {
    const { text, signatures } = logNote(41)
    const forged = signatures.map((line) => ({ ...line, signature: signerOf(9).sign(new TextEncoder().encode(text)) }))
    expect(await codeOfPromise(open({ text, signatures: forged }))).toBe('SIGNATURE_INVALID')
  })
})
