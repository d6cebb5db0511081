import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex } from '../../src/encoding/bytes.ts'
import { type CborValue, encodeCbor } from '../../src/encoding/cbor.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { leafHash, nodeHash } from '../../src/merkle/hash.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { decodeSign1, encodeSign1, signatureInput } from '../../src/signing/cose.ts'
import { nobleSigner, nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { keyThumbprint } from '../../src/signing/key.ts'
import { decodeStatement, encodeStatementHeader, signedBytesOf } from '../../src/statement/envelope.ts'
import {
  assembleReceipt,
  decodeReceipt,
  decodeTransparentStatement,
  receiptProtectedHeader,
  rootSignatureInput,
  signRoot,
  transparentStatement,
  verifyReceipt,
} from '../../src/statement/receipt.ts'
import { codeOf, codeOfAsync } from '../support/error-code.ts'
import { SAMPLES, signed } from '../support/statement-samples.ts'
import { readVector, vectorsFolder } from '../support/vectors.ts'

const issuer = nobleSigner(new Uint8Array(32).fill(1))
const log = nobleSigner(new Uint8Array(32).fill(2))
const origin = 'coast-voices.example/tally/1'

describe.skipIf(vectorsFolder === undefined)('the golden example, checked with Go and Python programs', () => {
  interface Golden {
    statement2: string
    statement2_sigstruct: string
    receipt_sigstruct: string
    leaf: string[]
    root: string
    cidRaw: string
  }
  const golden = (): Golden => JSON.parse(new TextDecoder().decode(readVector('golden/golden.json'))) as Golden

  /** Statement number n of the example: its content type and claims are not ours, its form is. */
  function statement(n: number): Uint8Array {
    const protectedBytes = encodeStatementHeader(
      'application/vnd.example.statement+cbor',
      keyThumbprint(issuer.publicKey),
      { iss: 'https://issuer.example', sub: `urn:example:dataset:${n}` },
    )
    const payload = encodeCbor(new Map([['n', n]]))
    const signature = issuer.sign(signatureInput(protectedBytes, payload))
    return encodeSign1({ protectedBytes, payload, signature })
  }

  const log2 = { origin: 'urn:example:dataset:2', iss: 'https://log.example', logPublicKey: log.publicKey }
  const leaves = (): Uint8Array[] => [0, 1, 2].map((n) => leafHash(statement(n)))
  function receipt(): Uint8Array {
    const [a, b, c] = leaves() as [Uint8Array, Uint8Array, Uint8Array]
    const root = nodeHash(nodeHash(a, b), c)
    const rootSignature = log.sign(signatureInput(receiptProtectedHeader(log2.origin, log.publicKey, log2.iss), root))
    return assembleReceipt({ ...log2, rootSignature, size: 3, index: 2, path: [nodeHash(a, b)] })
  }

  it('is made again byte for byte: statement, its id, its signed bytes', () => {
    expect(statement(2)).toEqual(readVector('golden/statement2.cose'))
    expect(statement(2)).toEqual(fromHex(golden().statement2))
    expect(cidOf(statement(2))).toBe(golden().cidRaw)
    const decoded = decodeStatement(statement(2))
    expect(signedBytesOf(decoded)).toEqual(fromHex(golden().statement2_sigstruct))
    expect(decoded).toMatchObject({ kind: undefined, iss: 'https://issuer.example', sub: 'urn:example:dataset:2' })
    expect(leaves()).toEqual(golden().leaf.map(fromHex))
  })

  it('is made again byte for byte: receipt and transparent statement', async () => {
    expect(receipt()).toEqual(readVector('golden/receipt2.cose'))
    expect(transparentStatement(statement(2), [receipt()])).toEqual(readVector('golden/transparent2.cose'))
    const verified = await verifyReceipt(readVector('golden/receipt2.cose'), statement(2), log2, nobleVerifier)
    expect(verified).toEqual({ size: 3, index: 2, root: fromHex(golden().root) })
    const signedBytes = signatureInput(receiptProtectedHeader(log2.origin, log.publicKey, log2.iss), verified.root)
    expect(signedBytes).toEqual(fromHex(golden().receipt_sigstruct))
  })

  it('is taken apart again', () => {
    expect(decodeTransparentStatement(readVector('golden/transparent2.cose'))).toEqual({
      entry: readVector('golden/statement2.cose'),
      receipts: [readVector('golden/receipt2.cose')],
    })
  })
})

describe('a receipt', () => {
  const entry = signed(9, SAMPLES[9].full)
  const sibling = leafHash(Uint8Array.of(1))
  const root = nodeHash(sibling, leafHash(entry))
  const rootSignature = signRoot(origin, root, log)
  const parts = { origin, logPublicKey: log.publicKey, rootSignature, size: 2, index: 1, path: [sibling] }
  const receipt = assembleReceipt(parts)
  const expected = { origin, logPublicKey: log.publicKey }

  it('proves the entry under the root the log signed', async () => {
    expect(await verifyReceipt(receipt, entry, expected, nativeVerifier)).toEqual({ size: 2, index: 1, root })
    expect(log.sign(rootSignatureInput(origin, log.publicKey, root))).toEqual(rootSignature)
  })

  it('shares its protected header with every other receipt of the log', () => {
    const other = assembleReceipt({ ...parts, index: 0 })
    expect(decodeSign1(other).protectedBytes).toEqual(decodeSign1(receipt).protectedBytes)
  })

  it('proves nothing for another entry, log, key, position or signature', async () => {
    const refusals: [string, Uint8Array, Uint8Array, { origin: string; logPublicKey: Uint8Array }][] = [
      ['RECEIPT_INVALID', receipt, concatBytes(entry, Uint8Array.of(0)), expected],
      ['RECEIPT_INVALID', receipt, entry, { ...expected, origin: 'other.example/log' }],
      ['RECEIPT_INVALID', receipt, entry, { ...expected, logPublicKey: issuer.publicKey }],
      ['RECEIPT_INVALID', assembleReceipt({ ...parts, index: 0 }), entry, expected],
      ['PROOF_LENGTH', assembleReceipt({ ...parts, size: 5 }), entry, expected],
      ['RECEIPT_INVALID', assembleReceipt({ ...parts, rootSignature: new Uint8Array(64) }), entry, expected],
    ]
    for (const [code, bytes, of, by] of refusals) {
      expect(await codeOfAsync(() => verifyReceipt(bytes, of, by, nativeVerifier))).toBe(code)
    }
  })

  it('is never issued for a tree of one leaf', () => {
    expect(() => assembleReceipt({ ...parts, size: 1, index: 0, path: [] })).toThrow(RangeError)
  })

  const withProofs = (proofs: CborValue): Uint8Array =>
    encodeSign1({ ...decodeSign1(receipt), unprotectedHeader: new Map([[396, proofs]]) })
  const withProof = (proof: CborValue): Uint8Array => withProofs(new Map([[-1, [encodeCbor(proof)]]]))
  it.each<[string, Uint8Array, string]>([
    ['a payload that is attached', encodeSign1({ ...decodeSign1(receipt), payload: root }), 'RECEIPT_MALFORMED'],
    ['no proofs', encodeSign1({ ...decodeSign1(receipt), unprotectedHeader: new Map() }), 'RECEIPT_MALFORMED'],
    ['a consistency proof', withProofs(new Map([[-2, [encodeCbor([1, 2, [root]])]]])), 'RECEIPT_MALFORMED'],
    ['no inclusion proof', withProofs(new Map([[-1, []]])), 'RECEIPT_MALFORMED'],
    [
      'two inclusion proofs',
      withProofs(new Map([[-1, [encodeCbor([2, 1, [root]]), encodeCbor([2, 1, [root]])]]])),
      'RECEIPT_MALFORMED',
    ],
    ['a proof that is not wrapped', withProofs(new Map([[-1, [[2, 1, [root]]]]])), 'RECEIPT_MALFORMED'],
    ['an empty path', withProof([2, 1, []]), 'RECEIPT_MALFORMED'],
    ['a bare path', withProof([2, 1, root]), 'RECEIPT_MALFORMED'],
    ['an index outside the tree', withProof([2, 2, [root]]), 'RECEIPT_MALFORMED'],
    ['a negative index', withProof([2, -1, [root]]), 'RECEIPT_MALFORMED'],
    ['a short hash', withProof([2, 1, [new Uint8Array(31)]]), 'RECEIPT_MALFORMED'],
    ['a path of 64 hashes', withProof([2, 1, Array.from({ length: 64 }, () => root)]), 'RECEIPT_MALFORMED'],
    ['a size above 2^53', withProof([2n ** 60n, 1, [root]]), 'RECEIPT_MALFORMED'],
  ])('is refused with %s', (_, bytes, code) => {
    expect(codeOf(() => decodeReceipt(bytes))).toBe(code)
  })

  it('proves nothing once any byte of it is changed', async () => {
    const accepted: number[] = []
    for (let at = 0; at < receipt.length; at++) {
      const mutated = receipt.slice()
      mutated[at] = (mutated[at] ?? 0) ^ (1 << (at % 8))
      if ((await codeOfAsync(() => verifyReceipt(mutated, entry, expected, nativeVerifier))) === undefined)
        accepted.push(at)
    }
    expect(accepted).toEqual([])
  })

  it('of hostile bytes fails only with our codes', () => {
    fc.assert(
      fc.property(fc.nat(), fc.uint8Array({ maxLength: 9 }), fc.nat(), (from, insert, to) => {
        const bytes = concatBytes(
          receipt.subarray(0, from % receipt.length),
          insert,
          receipt.subarray(to % receipt.length),
        )
        codeOf(() => decodeReceipt(bytes))
        codeOf(() => decodeTransparentStatement(bytes))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a transparent statement', () => {
  const entry = signed(9, SAMPLES[9].minimal)
  const receipt = Uint8Array.of(1)

  it('is the entry with receipts beside it', () => {
    expect(decodeTransparentStatement(transparentStatement(entry, [receipt, receipt]))).toEqual({
      entry,
      receipts: [receipt, receipt],
    })
  })

  it('is no entry, and an entry is no transparent statement', () => {
    const transparent = transparentStatement(entry, [receipt])
    expect(codeOf(() => decodeStatement(transparent))).toBe('STATEMENT_MALFORMED')
    expect(codeOf(() => transparentStatement(transparent, [receipt]))).toBe('STATEMENT_MALFORMED')
    expect(codeOf(() => decodeTransparentStatement(entry))).toBe('RECEIPT_MALFORMED')
    expect(() => transparentStatement(entry, [])).toThrow(RangeError)
  })
})
