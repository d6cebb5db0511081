/** What a backup holds: everything `restore` needs, and nothing that it would refuse. */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Archive, decodeArchive, encodeArchive, readHomeFiles } from '../../src/cli/archive.ts'
import { codeOf } from '../support/error-code.ts'
import { temporaryDirectory } from '../support/storage-fixtures.ts'

const archiveOf = (files: readonly (readonly [string, Uint8Array])[]): Archive => ({
  createdAt: 1_790_000_000,
  files: new Map(files),
})

describe('a backup', () => {
  it('has what a home holds beside its database, and what was told to its owner, byte for byte', async () => {
    const home = await temporaryDirectory()
    for (const folder of ['keys', 'forks', 'db']) await mkdir(join(home, folder))
    const kept = ['node.yaml', 'head', 'watch.json', 'keys/log.key', 'forks/coast.index']
    for (const name of [...kept, 'lock', 'db/CURRENT', 'keys/notes.txt']) await writeFile(join(home, name), name)
    const files = await readHomeFiles(home)
    expect([...files.keys()].toSorted()).toEqual(kept.toSorted())
    expect(decodeArchive(encodeArchive({ createdAt: 1, files }))).toEqual({ createdAt: 1, files })
  })

  it('holds large proofs and thousands of cards', () => {
    const archive = archiveOf([
      ['forks/large.index', new Uint8Array(randomBytes(20 << 20))],
      ...Array.from({ length: 5000 }, (_, i) => {
        return [`peers/${i.toString(16).padStart(32, '0')}.card`, Uint8Array.of(i)] as const
      }),
    ])
    const again = decodeArchive(encodeArchive(archive))
    expect(again.files.size).toBe(5001)
    expect(
      Buffer.compare(
        again.files.get('forks/large.index') ?? Buffer.of(),
        archive.files.get('forks/large.index') ?? Buffer.of(),
      ),
    ).toBe(0)
  })

  it('is refused when it is made, where it would be refused when it is needed', () => {
    const tooMany = Array.from({ length: 200_001 }, (_, i) => {
      return [`peers/${i.toString(16).padStart(32, '0')}.card`, new Uint8Array(0)] as const
    })
    expect(codeOf(() => encodeArchive(archiveOf(tooMany)))).toBe('CBOR_LIMIT')
    expect(codeOf(() => encodeArchive(archiveOf([['keys/../../.profile', Uint8Array.of(1)]])))).toBe('SCHEMA_INVALID')
  })
})
