/**
 * The tree of the index has the hashes that torchwood publishes for its own (filippo.io/torchwood, mpt/testdata/treehash.txt,
 * BSD licence), wherever keys have 32 bytes: torchwood pads others, and this index has no others.
 */
import { expect, test } from 'vitest'
import { compareBytes, fromHex, toHex } from '../../src/encoding/bytes.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { nativeSha256 as sha256 } from '../../src/storage/native-sha256.ts'
import { proofRoot, proveKeys } from '../../src/subject-index/proof.ts'
import { subtreeOf } from '../../src/subject-index/rows.ts'
import { type IndexRow, indexRoot, IndexRootStream } from '../../src/subject-index/tree.ts'

/** A key or value that torchwood draws: SHA-256 of `key:7`, `val:7`. */
const drawn = (name: 'key' | 'val', i: number): Uint8Array => sha256(encodeUtf8(`${name}:${i}`))
const row = (key: Uint8Array, value: Uint8Array): IndexRow => ({ key, value })
const drawnRows = (count: number): IndexRow[] =>
  Array.from({ length: count }, (_, i) => row(drawn('key', i), drawn('val', i)))
/** The beginning of a key in hex, and zeros. */
const at = (start: string, value: number): IndexRow => row(fromHex(start.padEnd(64, '0')), drawn('val', value))

const VECTORS: readonly (readonly [name: string, rows: readonly IndexRow[], root: string])[] = [
  ['nothing', [], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['one', drawnRows(1), '2a698354db3d6d1e4205dc2ca99f9b5925612fd3641ce5bc3400ab521052c1e9'],
  [
    'two that part at bit 0',
    [at('00', 10), at('80', 11)],
    '6b6f242a8dcfacd8bc1213d4453852a2127b398c65a7684a2e1af666f6356061',
  ],
  [
    'two that part at bit 7',
    [at('00', 12), at('01', 13)],
    '9abb026bca1c67d3d40a45d97d6f0467b6d4a3c38606358014ff990b44b3b0c1',
  ],
  [
    'two that part at bit 8',
    [at('0000', 14), at('0080', 15)],
    'fb38b0365217d5add42b9ed01a334c9b5e7e29798926f5eb3c9f14029de7c87a',
  ],
  [
    'two that part late',
    [at(`${'aa'.repeat(30)}00`, 16), at(`${'aa'.repeat(30)}01`, 17)],
    '6267acde2a12f4da5666e44cb63779798523d5b07fb09ed1a7ea38aaaf3bcd75',
  ],
  [
    'three, one side longer',
    [at('00', 20), at('40', 21), at('80', 22)],
    '3b5ae657915d8cd94abdf4362daf5397d0b74cea7edfcb88b2ad3a21bd0c6efd',
  ],
  [
    'four, both sides alike',
    [at('00', 23), at('40', 24), at('80', 25), at('c0', 26)],
    '752cace32992bd2e650f86a60f7f4cb073e77bd0da0bbae17c9927ca0cac41d9',
  ],
  [
    'a bit that takes two bytes',
    [at(`${'ff'.repeat(16)}00`, 27), at(`${'ff'.repeat(16)}80`, 28)],
    '55664663e0148e90b47b18ec9660b0a9c5d83b03fc0235fcb8938763d7d3ed7f',
  ],
  [
    'short values',
    [row(drawn('key', 40), Uint8Array.of(1)), row(drawn('key', 41), Uint8Array.of(2))],
    'd59825cc428158a508cd16cd2ff2c3e074c770f9d809d7a9b4da9ca55d421423',
  ],
  [
    'longer values',
    [row(drawn('key', 40), Uint8Array.of(1, 2, 3, 4, 5)), row(drawn('key', 41), Uint8Array.of(6, 7, 8, 9, 10))],
    '820ad84ca4b09ab8d13b4f554e3c5561a479ec033bbfc80a7c54ca1fb869f630',
  ],
  ['ten', drawnRows(10), 'bc9a8f5c4b48ffd5fb48ba5996168a4ba45712b5f73bd4642df8971cd342d91e'],
  ['a hundred', drawnRows(100), '70cf82c7c755c852589be0023e85948a329c1e8a9b21587dba9e50c103f1bceb'],
]

test.each(VECTORS)('%s: by the definition, as a stream, and from a proof of each key', (_, rows, root) => {
  expect(toHex(indexRoot(rows, sha256))).toBe(root)
  const ascending = rows.toSorted((a, b) => compareBytes(a.key, b.key))
  const stream = new IndexRootStream(sha256)
  for (const each of ascending) stream.add(each)
  expect(toHex(stream.root())).toBe(root)
  for (const { key } of rows)
    expect(toHex(proofRoot(proveKeys(subtreeOf(ascending, sha256), [key]), sha256))).toBe(root)
})
