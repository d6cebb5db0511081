import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatHead, type Head, parseHead, readHead, replaceHead } from '../../src/storage/head-file.ts'
import { temporaryDirectory } from '../support/storage-fixtures.ts'

const head = (size: number, fill: number, state: Head['state'] = 'proposed'): Head => ({
  origin: 'river-speech.example/log',
  size,
  root: new Uint8Array(32).fill(fill),
  state,
})

describe('the head file', () => {
  test('is absent at first, then says what it was last replaced with', async () => {
    const path = join(await temporaryDirectory(), 'head')
    expect(await readHead(path)).toBeUndefined()
    await replaceHead(path, undefined, head(3, 1))
    expect(await readHead(path)).toEqual(head(3, 1))
    const published = { ...head(3, 1, 'published'), noteSha256: new Uint8Array(32).fill(9) }
    await replaceHead(path, head(3, 1), published)
    expect(await readHead(path)).toEqual(published)
    expect(await readdir(join(path, '..'))).toEqual(['head'])
  })

  test('is one line of text', () => {
    expect(formatHead(head(57, 0xab))).toBe(
      `{"version":1,"origin":"river-speech.example/log","size":57,"root":"${'ab'.repeat(32)}","state":"proposed",` +
        `"sha256":"2b660afebd7b6d6450c2fba059922846446a54f59b1a62e1e6b373f71f975bdf"}\n`,
    )
  })

  test('is not replaced when it says something else than expected', async () => {
    const path = join(await temporaryDirectory(), 'head')
    await expect(replaceHead(path, head(1, 1), head(2, 2))).rejects.toMatchObject({ code: 'HEAD_CONFLICT' })
    await replaceHead(path, undefined, head(3, 1))
    for (const expected of [undefined, head(2, 1), head(3, 2), head(3, 1, 'published')]) {
      await expect(replaceHead(path, expected, head(4, 4))).rejects.toMatchObject({ code: 'HEAD_CONFLICT' })
    }
    expect(await readHead(path)).toEqual(head(3, 1))
  })

  test('never goes back to a smaller size or another root of the same size', async () => {
    const path = join(await temporaryDirectory(), 'head')
    await replaceHead(path, undefined, head(3, 1))
    await expect(replaceHead(path, head(3, 1), head(2, 1))).rejects.toMatchObject({ code: 'HEAD_CONFLICT' })
    await expect(replaceHead(path, head(3, 1), head(3, 2))).rejects.toMatchObject({ code: 'HEAD_CONFLICT' })
    const other = { ...head(4, 1), origin: 'other.example/log' }
    await expect(replaceHead(path, head(3, 1), other)).rejects.toMatchObject({ code: 'HEAD_CONFLICT' })
    await replaceHead(path, head(3, 1), head(4, 2))
  })

  test('is replaced by exactly one of many at once', async () => {
    const path = join(await temporaryDirectory(), 'head')
    await replaceHead(path, undefined, head(1, 1))
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => replaceHead(path, head(1, 1), head(2, i))),
    )
    expect(results.filter((result) => result.status === 'fulfilled').length).toBe(1)
    expect((await readHead(path))?.size).toBe(2)
  })

  test('is refused with any one bit flipped, cut anywhere, or empty', async () => {
    const path = join(await temporaryDirectory(), 'head')
    await replaceHead(path, undefined, { ...head(57, 0xab, 'published'), noteSha256: new Uint8Array(32).fill(3) })
    const bytes = await readFile(path)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await writeFile(path, flipped)
      await expect(readHead(path)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    }
    for (let length = 0; length < bytes.length; length += 5) {
      await writeFile(path, bytes.subarray(0, length))
      await expect(readHead(path)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
      await expect(replaceHead(path, undefined, head(58, 1))).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    }
  })

  test('reads exactly what it prints', () => {
    const heads = fc.record({
      origin: fc.string({ minLength: 1, maxLength: 50, unit: 'grapheme' }),
      size: fc.nat(),
      root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      state: fc.constantFrom('proposed' as const, 'published' as const),
    })
    fc.assert(
      fc.property(heads, (value) => {
        expect(parseHead(formatHead(value))).toEqual(value)
      }),
    )
    expect(() => parseHead(` ${formatHead(head(1, 1))}`)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }))
  })
})
