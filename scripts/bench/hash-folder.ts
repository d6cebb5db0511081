/**
 * `tally dataset hash` beside the fastest tool at hand that reads and hashes the same files: openssl, else sha256sum, with
 * a process for each processor. Both read from the page cache.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashFolder } from '../../src/manifest/hash-folder.ts'
import { nativeSha256 } from '../../src/node/native-crypto.ts'

const CANDIDATES = ['openssl dgst -sha256', 'sha256sum']
const ROUNDS = 3

export interface HashFigure {
  readonly name: string
  /** Megabytes a second. */
  readonly value: number
  readonly limit: number
}

export async function benchHashFolder(isQuick: boolean): Promise<HashFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hash-bench-'))
  try {
    const small = isQuick ? 4000 : 20_000
    const large = isQuick ? 64 : 256
    const clips = join(folder, 'clips')
    for (let i = 0; i < small; i++) {
      const place = join(clips, String(Math.floor(i / 500)))
      if (i % 500 === 0) await mkdir(place, { recursive: true })
      await writeFile(join(place, `${i}.mp3`), randomBytes(30_000))
    }
    const archives = join(folder, 'archives')
    await mkdir(archives)
    for (let i = 0; i < 4; i++) await writeFile(join(archives, `${i}.tar`), randomBytes(large << 20))
    return [
      await figure(`dataset hash, ${small} files of 30 kB`, clips, small * 30_000, 500),
      await figure(`dataset hash, 4 files of ${large} MiB`, archives, (4 * large) << 20, 1),
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function figure(name: string, folder: string, bytes: number, filesEach: number): Promise<HashFigure> {
  const limit = Math.max(...CANDIDATES.map((tool) => toolSpeed(tool, folder, bytes, filesEach)))
  let best = 0
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    await hashFolder(folder, { sha256: nativeSha256, out: `${folder}.manifest` })
    best = Math.max(best, bytes / (performance.now() - start) / 1000)
  }
  return { name, value: best, limit }
}

/** The best of the rounds; 0 where the tool is not there. */
function toolSpeed(tool: string, folder: string, bytes: number, filesEach: number): number {
  let best = 0
  for (let round = 0; round < ROUNDS; round++) {
    const command = `find ${folder} -type f -print0 | xargs -0 -P${availableParallelism()} -n${filesEach} ${tool} >/dev/null 2>&1`
    const start = performance.now()
    const { status } = spawnSync('sh', ['-c', command])
    if (status !== 0) return 0
    best = Math.max(best, bytes / (performance.now() - start) / 1000)
  }
  return best
}
