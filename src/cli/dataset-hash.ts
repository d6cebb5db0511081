/**
 * `tally dataset hash DIR`: the manifest of a dataset that is a folder, with a progress bar, resumable.
 */
import { readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { LedgerError } from '../errors.ts'
import { hashFolder } from '../manifest/hash-folder.ts'
import type { HashProgress } from '../manifest/hash-folder.ts'
import { nativeSha256 } from '../node/native-crypto.ts'
import type { Context } from './context.ts'
import { formatBytes } from './format-bytes.ts'

const BAR_WIDTH = 24
const BAR_EVERY_MS = 200
const LINE_EVERY_MS = 10_000

export async function hashDataset(context: Context, folder: string): Promise<void> {
  const out = context.options.text('out') ?? `${folder.replace(/\/+$/u, '')}.manifest`
  const isInside = !relative(resolve(folder), resolve(out)).startsWith('..')
  if (isInside)
    throw new LedgerError('USAGE', `${out} lies in the folder it would describe`, {
      hint: 'name a file outside with -o',
    })
  const bar = startBar(context, folder)
  try {
    const summary = await hashFolder(folder, {
      out,
      sha256: nativeSha256,
      onProgress: (progress) => bar.show(progress),
    })
    bar.end()
    const { files, bytes, root, resumed } = summary
    const taken = resumed === 0 ? '' : ` (${resumed} of them as an interrupted run had hashed them)`
    context.output.result(
      'dataset-hash',
      { file: out, files, bytes, root, resumed },
      `${files} files, ${formatBytes(bytes)}${taken}, listed in ${out}\nmanifest root ${root}\n` +
        `publish it: tally dataset version --dataset DATASET --label LABEL --manifest ${root}`,
    )
  } catch (error) {
    bar.end()
    throw unreadable(error, folder)
  }
}

function unreadable(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new LedgerError('FILE_NOT_FOUND', `no such folder: ${folder}`, { cause: error })
  return code === 'ENOTDIR'
    ? new LedgerError('USAGE', `${folder} is a file; a manifest describes a folder`, {
        cause: error,
        hint: 'an archive needs no manifest: tally dataset version --archive FILE',
      })
    : error
}

interface Bar {
  show(progress: HashProgress): void
  end(): void
}

function startBar({ output }: Context, folder: string): Bar {
  const started = Date.now()
  const isTerminal = process.stderr.isTTY && !output.isJson && !output.isQuiet
  const total = isTerminal ? countFiles(folder) : undefined
  let counted: number | undefined
  void total?.then((count) => (counted = count)).catch(() => undefined)
  let last = started
  let isShown = false
  return {
    show({ files, bytes }) {
      const now = Date.now()
      if (now - last < (isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS)) return
      last = now
      const speed = `${formatBytes(bytes)}, ${formatBytes((bytes / Math.max(1, now - started)) * 1000)}/s`
      if (!isTerminal) output.progress(`${files} files, ${speed}`)
      else {
        isShown = true
        process.stderr.write(
          `\r${drawBar(files, counted)} ${files}${counted === undefined ? '' : ` of ${counted}`} files, ${speed}  `,
        )
      }
    },
    end() {
      if (isShown) process.stderr.write('\n')
    },
  }
}

function drawBar(files: number, total: number | undefined): string {
  if (total === undefined || total === 0) return ''
  const full = Math.round(Math.min(1, files / total) * BAR_WIDTH)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]`
}

/** Names only, which costs little beside reading the files. */
async function countFiles(folder: string): Promise<number> {
  let count = 0
  for (const entry of await readdir(folder, { withFileTypes: true }))
    count += entry.isDirectory() ? await countFiles(join(folder, entry.name)) : 1
  return count
}
