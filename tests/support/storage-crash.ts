/**
 * Runs the writer process, ends it in some way, and checks what it acknowledged against what the store then holds.
 */
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import { toHex } from '../../src/encoding/bytes.ts'
import { fsck } from '../../src/storage/fsck.ts'
import { readHead } from '../../src/storage/head-file.ts'
import { createLevelStore, openLevelStore } from '../../src/storage/level-store.ts'
import { IndexStore } from '../../src/storage/index-store.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { nativeSha256 } from '../../src/storage/native-sha256.ts'

export interface WriterRun {
  /** Acknowledged sizes and roots in hex, in order. */
  readonly acks: readonly { size: number; root: string }[]
  /** `failed ...` line, if the writer met an error. */
  readonly failed: string | undefined
  readonly exit: number | null
}

export async function createWriterHome(home: string): Promise<void> {
  await mkdir(home, { recursive: true })
  await (await createLevelStore(join(home, 'store'))).close()
}

/** @param onAck called after each acknowledgement; returns true to kill the writer at once */
export async function runWriter(
  home: string,
  batch: number,
  limit: number,
  onAck: (acks: number) => boolean = () => false,
  wrap: readonly string[] = [],
): Promise<WriterRun> {
  const script = join(import.meta.dirname, 'storage-writer.ts')
  const command = [...wrap, process.execPath, script, home, String(batch), String(limit)]
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  const acks: { size: number; root: string }[] = []
  let failed: string | undefined
  const exited = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      resolve(code)
    })
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, size, root = ''] = line.split(' ')
    if (word === 'ack') acks.push({ size: Number(size), root })
    else failed = line
    if (onAck(acks.length)) child.kill('SIGKILL')
  }
  return { acks, failed, exit: await exited }
}

/** Opens the home as the next start would, and compares with every acknowledgement. Returns the size found. */
export async function verifyWriterHome(home: string, acks: readonly { size: number; root: string }[]): Promise<number> {
  const store = await openLevelStore(join(home, 'store'))
  try {
    const head = await readHead(join(home, 'head'))
    const log = await openLogStore(store, 'writer.example/log')
    expect(log.size).toBeGreaterThanOrEqual(acks.at(-1)?.size ?? 0)
    expect(log.size).toBeGreaterThanOrEqual(head?.size ?? 0)
    // The index is in the batch of the entries, so there is no gap; that it is what they make it is seen by fsck.
    const index = await IndexStore.open(store, log.log, nativeSha256)
    expect(index.size).toBe(log.size)
    for (const ack of acks) expect(toHex(log.rootAt(ack.size))).toBe(ack.root)
    const report = await fsck(store, { heads: head === undefined ? [] : [head] })
    expect(report.findings).toEqual([])
    expect(report.checked.entries).toBe(log.size)
    return log.size
  } finally {
    await store.close()
  }
}
