/**
 * A node whose home lies on a disk that fills up while it works, for itself and as a witness.
 * TALLYSTICK_DISK_FULL_ROUNDS says how often, with another amount of space left each time.
 */
import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type ControlClient, controlClient } from '../../src/cli/control-client.ts'
import { errorOf, type Finished, finished, startTally } from '../support/cli-run.ts'
import { toHex } from '../../src/encoding/bytes.ts'
import type { CidText } from '../../src/encoding/cid.ts'
import { type RunningNode, runNode } from '../../src/node/run.ts'
import { expectAgreement } from '../support/node-agreement.ts'
import { createTestHomes, datasetStatement, type TestHome } from '../support/node-network.ts'
import { introduce, until } from '../support/node-process.ts'
import { mountMemory } from '../support/small-disk.ts'

const ROUNDS = Number(process.env['TALLYSTICK_DISK_FULL_ROUNDS'] ?? 1)
const SUBMITTERS = 8

type FullNode = TestHome & { control: ControlClient }

/** What submitters were told. */
interface Acknowledged {
  /** By statement, as it was handed out. */
  readonly receipts: Map<CidText, string>
  /** Durable, in the log or the queue for it, when the node answered. */
  readonly logged: Set<CidText>
}

interface Up {
  end: Promise<Finished>
  kill(): void
}

function up(home: string): Up {
  const child = startTally(home, ['up', '--json'])
  return { end: finished(child), kill: () => void child.kill('SIGKILL') }
}

it(
  `says that its disk is full and ends; with space again it has all it acknowledged (${ROUNDS} times)`,
  { timeout: 60_000 + ROUNDS * 30_000 },
  async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'tallystick-full-'))
    const disk = join(folder, 'disk')
    await mkdir(disk)
    if (!mountMemory(disk, 16_384)) {
      process.stderr.write('SKIPPED: disk-full needs the right to mount a tmpfs\n')
      context.skip()
    }
    onTestFinished(async () => {
      execFileSync('umount', ['-l', disk])
      await rm(folder, { recursive: true, force: true })
    })
    const [made, ...others] = (await createTestHomes(folder, ['full', 'second', 'third'])) as [TestHome]
    const home = join(disk, 'home')
    await cp(made.home, home, { recursive: true })
    const full = { ...made, home, control: controlClient(home, 20_000) }
    const peers: RunningNode[] = []
    let running = up(home)
    try {
      for (const peer of others) peers.push(await runNode((peer as TestHome).home))
      await introduce(full.control, peers)
      const apis = [full.control, ...peers.map(({ api }) => api)]
      const acknowledged: Acknowledged = { receipts: new Map(), logged: new Set() }
      const { receipts, logged } = acknowledged
      for (let round = 0; round < ROUNDS; round++) {
        const what = `round ${round}`
        const ballast = join(disk, 'ballast')
        await fillUpTo(disk, ballast, 48 + ((round * 37) % 400))
        const load = Array.from({ length: SUBMITTERS }, (_, i) =>
          submitUntilRefused(full, `${what} ${i}`, acknowledged),
        )
        const ended = await running.end
        expect(ended.exit, what).toBe(1)
        expect(errorOf(ended), what).toMatchObject({ code: 'DISK_FULL', exit: 1 })
        await Promise.all(load)

        // A start with no space at all says so too, and changes nothing.
        await fillUpTo(disk, join(disk, 'rest'), 0)
        const held = (await readdir(home)).toSorted()
        const again = await up(home).end
        expect(errorOf(again), what).toMatchObject({ code: 'DISK_FULL', exit: again.exit })
        expect((await readdir(home)).toSorted(), what).toEqual(held)
        for (const file of [ballast, join(disk, 'rest')]) await rm(file)

        running = up(home)
        await until(`it is back, ${what}`, () => isBack(full.control))
        for (const [id, receipt] of receipts)
          expect(receiptText(await full.control.readReceipt(id)), `a receipt is gone or changed, ${what}`).toBe(receipt)
        const statement = datasetStatement(full, `after ${what}`)
        const result = await full.control.submit(statement, { wait: 'witnessed', timeoutMs: 20_000 })
        expect(result.state, what).toBe('witnessed')
        // What was taken before it comes before it in the log, and is published by now.
        for (const id of logged) {
          const found = await full.control.readReceipt(id).catch(() => undefined)
          expect(found, `${id} was taken and is lost, ${what}`).toBeDefined()
        }
        await expectAgreement(apis, what)
      }
      expect(receipts.size).toBeGreaterThan(ROUNDS)
      expect(logged.size).toBeGreaterThan(ROUNDS)
    } finally {
      running.kill()
      await running.end
      for (const peer of peers) await peer.stop()
    }
  },
)

/** Statement after statement, every other with a receipt, until the node does not answer any more. */
async function submitUntilRefused(full: FullNode, title: string, { receipts, logged }: Acknowledged): Promise<void> {
  try {
    for (let i = 0; ; i++) {
      const statement = datasetStatement(full, `${title} ${i}`)
      const wait = i % 2 === 0 ? 'logged' : 'witnessed'
      // Longer than this test may last: a node that has ended must not wait for receipts.
      const result = await full.control.submit(statement, { wait, timeoutMs: 3_600_000 })
      if (result.state === 'witnessed') receipts.set(result.id, receiptText(result))
      else logged.add(result.id)
    }
  } catch {
    // It ended under this statement: nobody was told that it is kept.
  }
}

/** Leaves so much space on the disk. */
async function fillUpTo(disk: string, file: string, leftKib: number): Promise<void> {
  const { bavail, bsize } = await statfs(disk)
  await writeFile(file, new Uint8Array(Math.max(0, bavail * bsize - leftKib * 1024)))
}

async function isBack(control: ControlClient): Promise<boolean> {
  const { state, operators } = await control.status()
  return state === 'READY' && operators === 2
}

function receiptText({ receipt }: { receipt: Uint8Array }): string {
  return toHex(receipt)
}
