/** The manifest of a folder: the same on every run, whatever the order of writing, and after an interruption. */
import { createHash } from 'node:crypto'
import { appendFileSync, rmSync } from 'node:fs'
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { toHex } from '../../src/encoding/bytes.ts'
import { hashFolder } from '../../src/manifest/hash-folder.ts'
import { ManifestTree } from '../../src/manifest/manifest.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import { finished, startTally } from '../support/cli-run.ts'
import { codeOfAsync } from '../support/error-code.ts'

let folder: string
let data: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifest-'))
  data = join(folder, 'data')
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(data, path)), { recursive: true })
    await writeFile(join(data, path), text)
  }
}

/** As docs/formats.md says, in a few lines. */
function rootOf(files: Readonly<Record<string, string>>): string {
  const leaves = Object.entries(files)
    .map(([path, text]) => ({ path, text }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
    .map(({ path, text }) => {
      const sha256 = new Uint8Array(createHash('sha256').update(text).digest())
      return leafHash(encodeCbor([path, Buffer.byteLength(text), sha256]))
    })
  return toHex(treeRoot(leaves))
}

// A folder sorts by its name with the slash: behind a name that ends in "." or "-". In UTF-16 the last two sort otherwise.
const FILES = {
  'a/b.wav': 'one',
  'a.wav': 'two',
  'a-1': '',
  b: 'three',
  'z/ŋ/x': 'four',
  'z/ŋa': 'five',
  'z/～': 'six',
  'z/😀': 'seven',
}

describe('the manifest of a folder', () => {
  it('has the root that its format says, and lists every file in order', async () => {
    await write(FILES)
    const out = join(folder, 'm')
    const summary = await hashFolder(data, { out })
    expect(summary).toEqual({ files: 8, bytes: 27, root: rootOf(FILES), resumed: 0 })
    const [header, ...lines] = (await readFile(out, 'utf8')).trim().split('\n')
    expect(JSON.parse(header ?? '')).toEqual({
      schema: 'tallystick/manifest/1',
      files: 8,
      bytes: 27,
      root: rootOf(FILES),
    })
    expect(lines.map((line) => (JSON.parse(line) as [string])[0])).toEqual([
      'a-1',
      'a.wav',
      'a/b.wav',
      'b',
      'z/ŋ/x',
      'z/ŋa',
      'z/～',
      'z/😀',
    ])
    expect(await readdir(folder)).toEqual(['data', 'm'])
  })

  it('holds whatever the names are', async () => {
    const name = fc.stringMatching(/^[a-c.\-_]{1,3}$/u).filter((text) => text !== '.' && text !== '..')
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 12, minLength: 1 }),
        async (paths) => {
          await rm(data, { recursive: true, force: true })
          const files: Record<string, string> = {}
          for (const parts of paths) {
            const path = parts.join('/')
            // One name cannot be a file and a folder.
            if (
              Object.keys(files).some(
                (other) => `${other}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${other}/`),
              )
            )
              continue
            files[path] = path
          }
          await write(files)
          expect((await hashFolder(data)).root).toBe(rootOf(files))
        },
      ),
      { numRuns: Number(process.env['TALLYSTICK_NAME_RUNS'] ?? 10) },
    )
  })

  it('goes on where it was interrupted, and reads again what changed', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`f${String(i).padStart(3, '0')}`, `text ${i}`]),
    )
    await write(files)
    const out = join(folder, 'm')
    const stop = new Error('stop')
    const interrupted = hashFolder(data, {
      out,
      onProgress: ({ files: done }) => {
        if (done === 60) throw stop
      },
    })
    await expect(interrupted).rejects.toBe(stop)
    // Killed in the middle of a line.
    const partial = `${out}.partial`
    await truncate(partial, (await readFile(partial)).length - 5)
    const resumed = await hashFolder(data, { out })
    expect(resumed).toMatchObject({ files: 100, root: rootOf(files) })
    expect(resumed.resumed).toBeGreaterThan(40)

    await expect(
      hashFolder(data, {
        out,
        onProgress: ({ files: done }) => {
          if (done === 60) throw stop
        },
      }),
    ).rejects.toBe(stop)
    await writeFile(join(data, 'f010'), 'text X0')
    await utimes(join(data, 'f010'), 1, 1)
    const changed = await hashFolder(data, { out })
    expect(changed.root).toBe(rootOf({ ...files, f010: 'text X0' }))
    expect(changed.resumed).toBe(10)
  })

  it('goes on after a process that was killed, with nothing but its last second lost', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1200 }, (_, i) => [`f${String(i).padStart(4, '0')}`, 'x'.repeat(i)]),
    )
    await write(files)
    // One large file keeps the process busy while the small ones before it are long noted.
    await writeFile(join(data, 'z'), '')
    await truncate(join(data, 'z'), 1 << 30)
    const child = startTally(join(folder, 'home'), ['dataset', 'hash', data, '-o', join(folder, 'm')])
    const ended = finished(child)
    const partial = join(folder, 'm.partial')
    while (!(await readFile(partial, 'utf8').catch(() => '')).includes('f0600'))
      await new Promise((resolve) => setTimeout(resolve, 10))
    child.kill('SIGKILL')
    await ended
    expect(await readdir(folder)).not.toContain('m')
    await writeFile(join(data, 'z'), 'z')
    const resumed = await hashFolder(data, { out: join(folder, 'm') })
    expect(resumed.root).toBe(rootOf({ ...files, z: 'z' }))
    expect(resumed.resumed).toBeGreaterThan(600)
  })

  it('takes nothing from the notes about another folder', async () => {
    await write({ a: 'one' })
    const out = join(folder, 'm')
    await writeFile(`${out}.partial`, `{"folder":"/elsewhere"}\n["a",3,"${'0'.repeat(64)}",1]\n`)
    expect(await hashFolder(data, { out })).toMatchObject({ root: rootOf({ a: 'one' }), resumed: 0 })
    await appendFile(`${out}.partial`, 'x')
    expect((await hashFolder(data, { out })).root).toBe(rootOf({ a: 'one' }))
  })

  it('refuses what it could not describe whole', async () => {
    await mkdir(data)
    expect(await codeOfAsync(async () => hashFolder(data))).toBe('DATASET_UNREADABLE')
    await write({ a: 'one' })
    await symlink('a', join(data, 'link'))
    expect(await codeOfAsync(async () => hashFolder(data))).toBe('DATASET_UNREADABLE')
    await rm(join(data, 'link'))
    await writeFile(Buffer.concat([Buffer.from(`${data}/`), Buffer.from([0xff])]), '')
    expect(await codeOfAsync(async () => hashFolder(data))).toBe('DATASET_UNREADABLE')
  })

  it('names the file that vanished, and the notes that another run changed', async () => {
    const files = Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`f${String(i).padStart(4, '0')}`, '']))
    await write(files)
    const out = join(folder, 'm')
    const once = (act: () => void): (({ files }: { files: number }) => void) => {
      return ({ files: done }) => {
        if (done === 1) act()
      }
    }
    await expect(hashFolder(data, { out, onProgress: once(() => rmSync(join(data, 'f1490'))) })).rejects.toMatchObject({
      code: 'DATASET_UNREADABLE',
      message: expect.stringContaining('"f1490"') as string,
    })
    await writeFile(join(data, 'f1490'), '')
    await rm(`${out}.partial`)
    await expect(
      hashFolder(data, {
        out,
        onProgress: ({ files: done }) => {
          if (done === 1500) appendFileSync(`${out}.partial`, '["of another run",0,"",0]\n')
        },
      }),
    ).rejects.toMatchObject({ code: 'DATASET_UNREADABLE', message: expect.stringContaining('m.partial') as string })
    expect(await readdir(folder)).not.toContain('m')
  })

  it('cannot be built out of order', () => {
    const tree = new ManifestTree()
    const file = { bytes: 0, sha256: new Uint8Array(32) }
    tree.add({ path: 'b', ...file })
    expect(() => tree.add({ path: 'a', ...file })).toThrow(
      expect.objectContaining({ code: 'MANIFEST_MALFORMED' }) as Error,
    )
    expect(() => tree.add({ path: 'b', ...file })).toThrow(
      expect.objectContaining({ code: 'MANIFEST_MALFORMED' }) as Error,
    )
  })
})
