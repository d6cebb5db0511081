import { execFileSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createWriterHome, runWriter, verifyWriterHome } from '../support/storage-crash.ts'
import { mountMemory } from '../support/small-disk.ts'
import { temporaryDirectory } from '../support/storage-fixtures.ts'

/** Kibibytes that other files leave less, so that the disk is full at another moment of the writing each time. */
const BALLASTS_KIB = [133, 40, 311, 77, 200].slice(0, Number(process.env['TALLYSTICK_BALLASTS'] ?? 2))

describe('a disk that fills up while a process appends', () => {
  test('loses nothing acknowledged: after space is freed the store opens, verifies and goes on', async (context) => {
    for (const [offset, ballastKib] of BALLASTS_KIB.entries()) {
      const directory = await temporaryDirectory()
      const disk = join(directory, `disk-${offset}`)
      await mkdir(disk)
      if (!mountMemory(disk, 3072)) {
        process.stderr.write('SKIPPED: disk-full needs the right to mount a tmpfs\n')
        context.skip()
      }
      onTestFinished(() => {
        execFileSync('umount', ['-l', disk])
      })
      const home = join(disk, 'home')
      await createWriterHome(home)
      await writeFile(join(disk, 'ballast'), new Uint8Array(ballastKib * 1024))
      const full = await runWriter(home, 1 + offset * 7, Infinity)
      expect(full.exit).toBe(70)
      expect(full.failed).toBe('failed STORE_FAILED DISK_FULL')
      expect(full.acks.length).toBeGreaterThan(10)
      // A restart on the full disk may fail again, and must change nothing.
      const again = await runWriter(home, 5, Infinity)
      expect(again.exit).toBe(70)
      await rm(join(disk, 'ballast'))
      execFileSync('mount', ['-o', 'remount,size=16m', disk])
      const acks = [...full.acks, ...again.acks]
      const size = await verifyWriterHome(home, acks)
      const more = await runWriter(home, 20, size + 600)
      expect(more.failed).toBeUndefined()
      await verifyWriterHome(home, [...acks, ...more.acks])
    }
  }, 120_000)
})
