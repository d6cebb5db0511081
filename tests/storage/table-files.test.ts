import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { crc32c } from '../../src/storage/crc32c.ts'
import { createLevelStore, openLevelStore } from '../../src/storage/level-store.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { verifyTableFiles } from '../../src/storage/table-files.ts'
import { testEntries } from '../support/storage-entries.ts'
import { append } from '../support/storage-fixtures.ts'

let directory = ''
let tables: string[] = []

beforeAll(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'tallystick-tables-')), 'store')
  const store = await createLevelStore(directory)
  await append(store, await openLogStore(store, 'tables.example/log'), testEntries(0, 600, 573))
  await store.close()
  await (await openLevelStore(directory)).close()
  tables = (await readdir(directory)).filter((name) => name.endsWith('.ldb'))
})

afterAll(async () => {
  await rm(join(directory, '..'), { recursive: true, force: true })
})

async function flip(name: string, position: number, bit: number): Promise<void> {
  const file = await open(join(directory, name), 'r+')
  const byte = new Uint8Array(1)
  await file.read(byte, 0, 1, position)
  await file.write(Uint8Array.of((byte[0] ?? 0) ^ (1 << bit)), 0, 1, position)
  await file.close()
}

const FLIPS = Number(process.env['TALLYSTICK_TABLE_BITS'] ?? 300)

describe('the table files of a database', () => {
  // RFC 3720 appendix B.4, and the check value of the catalogue of CRCs.
  test.each([
    ['32 zero bytes', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['123456789', encodeUtf8('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('have the checksum of the standard for %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
  })

  test('are whole when nothing happened to them', async () => {
    expect(tables.length).toBeGreaterThan(0)
    expect(await verifyTableFiles(directory, 'all')).toEqual([])
    expect(await verifyTableFiles(directory, 'index')).toEqual([])
  })

  test(`are found damaged for every flipped bit of ${FLIPS}, and of each footer, naming the file`, async () => {
    const footerBits = tables.length * 48 * 8
    for (let round = 0; round < FLIPS + footerBits; round++) {
      const name = tables[round % tables.length] ?? ''
      const size = (await stat(join(directory, name))).size
      const isFooter = round >= FLIPS
      const position = isFooter
        ? size - 1 - (Math.floor(round / tables.length) % 48)
        : Math.floor((round * size) / FLIPS)
      const bit = isFooter ? Math.floor(round / tables.length / 48) % 8 : round % 8
      await flip(name, position, bit)
      const damages = await verifyTableFiles(directory, 'all')
      await flip(name, position, bit)
      expect(
        damages.map((damage) => damage.file),
        `${name} ${position} bit ${bit}`,
      ).toEqual([name])
    }
    expect(await verifyTableFiles(directory, 'all')).toEqual([])
  }, 60_000)

  test('do not count when no manifest names them: a compaction that was cut off leaves such files', async () => {
    const orphan = join(directory, '900001.ldb')
    await writeFile(orphan, new Uint8Array(37_626).fill(7))
    expect(await verifyTableFiles(directory, 'all')).toEqual([])
    await (await openLevelStore(directory)).close()
    expect(await readdir(directory)).not.toContain('900001.ldb')
    tables = (await readdir(directory)).filter((name) => name.endsWith('.ldb'))
  })

  test('refuse to open when what finds their rows is damaged', async () => {
    for (const name of tables) {
      const size = (await stat(join(directory, name))).size
      for (const back of [1, 20, 47, 60, 200, 1000]) {
        await flip(name, size - back, 3)
        await expect(openLevelStore(directory)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
        await flip(name, size - back, 3)
      }
    }
    await (await openLevelStore(directory)).close()
  })
})
