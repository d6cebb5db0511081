/** A node of three whose home lies on a disk with too little space left, as its operator and as submitters see it. */
import { execFileSync } from 'node:child_process'
import { access, cp, mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { withRemoteNode } from '../../src/client/remote-node.ts'
import { type RunningNode, runNode } from '../../src/node/run.ts'
import { errorOf, resultOf, tally } from '../support/cli-run.ts'
import { createTestHomes, datasetStatement, type TestHome } from '../support/node-network.ts'
import { ended, introduce, type NodeProcess, restartProcess, startProcess, until } from '../support/node-process.ts'
import { mountMemory } from '../support/small-disk.ts'

const DISK_KIB = 128 * 1024
const SETTINGS = { leastFreeMb: 32, ballastMb: 8 }
const WAIT = { wait: 'witnessed', timeoutMs: 20_000 } as const

it(
  'stops taking statements, goes on with all else, and takes them again by itself',
  { timeout: 120_000 },
  async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'tallystick-low-'))
    const disk = join(folder, 'disk')
    await mkdir(disk)
    if (!mountMemory(disk, DISK_KIB)) {
      process.stderr.write('SKIPPED: disk-low needs the right to mount a tmpfs\n')
      context.skip()
    }
    onTestFinished(async () => {
      execFileSync('umount', ['-l', disk])
      await rm(folder, { recursive: true, force: true })
    })
    const [made, ...others] = (await createTestHomes(folder, ['small', 'second', 'third'], SETTINGS)) as [
      TestHome,
      TestHome,
      TestHome,
    ]
    const home = join(disk, 'home')
    await cp(made.home, home, { recursive: true })
    const small = startProcess({ ...made, home })
    let peers: RunningNode[] = []
    onTestFinished(async () => {
      small.child.kill('SIGKILL')
      await ended(small, 10_000)
      await Promise.all(peers.map((peer) => peer.stop()))
    })
    const startPeers = async (): Promise<void> => {
      peers = await Promise.all(others.map((peer) => runNode(peer.home)))
    }
    const filler = join(disk, 'filler')
    const [second] = others
    const submitAtSecond = (title: string, timeoutMs: number) =>
      peers[0]?.api.submit(datasetStatement(second, title), { wait: 'witnessed', timeoutMs })
    await startPeers()
    await introduce(small.control, peers)
    const first = datasetStatement(small, 'first')
    const receipt = await small.control.submit(first, WAIT)
    expect(receipt.state).toBe('witnessed')
    await until('it has its ballast', () => hasBallast(home))

    // Low: no statements and files, by any door; what is there already is found and served.
    await fillUpTo(disk, filler, 24)
    await until('it is low', async () => (await levelOf(small)) === 'low')
    const refused = { code: 'DISK_LOW' }
    await expect(small.control.submit(datasetStatement(small, 'refused'), WAIT)).rejects.toMatchObject(refused)
    const [address] = (await small.control.status()).addresses
    const remotely = withRemoteNode(address ?? '', 20_000, (node) =>
      node.submit(datasetStatement(small, 'remote'), WAIT),
    )
    await expect(remotely).rejects.toMatchObject(refused)
    expect(errorOf(await tally(home, ['blob', 'put', join(home, 'card.txt'), '--json']))).toMatchObject({
      ...refused,
      exit: 9,
    })
    expect(await small.control.submit(first, WAIT)).toEqual(receipt)
    expect(await submitAtSecond('witnessed by a low disk', 20_000)).toMatchObject({ state: 'witnessed' })
    const status = await tally(home, ['status'])
    expect(status.exit).toBe(0)
    expect(status.out).toMatch(/^small - signing, protected by 2 of 2/u)
    expect(status.out).toMatch(
      /\nDISK LOW: [\d.]+ MB free on the disk of the home, 32 MB needed\. .*\n {2}Next: free some/u,
    )
    const doctor = resultOf(await tally(home, ['doctor', '--json'])) as { findings: { level: string; what: string }[] }
    expect(doctor.findings.filter(({ level }) => level === 'problem').map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/^only [\d.]+ MB free .* below 32 MB/u),
    )

    // Space is back: nobody has to do anything else.
    await rm(filler)
    await until('it takes statements again', async () => (await levelOf(small)) === 'enough')
    expect((await small.control.submit(datasetStatement(small, 'again'), WAIT)).state).toBe('witnessed')

    // Accepted while too few witnesses answer, and then the disk is full to the last byte while the node is down.
    await Promise.all(peers.map((peer) => peer.stop()))
    const waiting = datasetStatement(small, 'waiting')
    expect((await small.control.submit(waiting, { ...WAIT, timeoutMs: 0 })).state).toBe('logged')
    small.child.kill('SIGKILL')
    expect(await ended(small, 10_000)).toBe(true)
    expect(await hasBallast(home)).toBe(true)
    await fillUpTo(disk, filler, 0)
    restartProcess(small)
    await startPeers()
    await until('it has started', async () => (await levelOf(small)) !== 'enough')
    expect(await hasBallast(home)).toBe(false)
    await until('what it accepted is published', async () => {
      return (await small.control.submit(waiting, WAIT)).state === 'witnessed'
    })

    // Nearly full: it serves, and stores nothing of others, who wait for it and lose nothing.
    await until('it is nearly full', async () => (await levelOf(small)) === 'scarce')
    expect(await submitAtSecond('not witnessed by a full disk', 1000)).toMatchObject({ state: 'logged' })
    expect(await small.control.submit(first, WAIT)).toEqual(receipt)
    expect((await tally(home, ['status'])).out).toContain('\nDISK NEARLY FULL: ')
    await rm(filler)
    await until('others have their receipts', async () => {
      return (await submitAtSecond('not witnessed by a full disk', 20_000))?.state === 'witnessed'
    })
    await until('it has its ballast again', () => hasBallast(home))
    expect((await small.control.submit(datasetStatement(small, 'last'), WAIT)).state).toBe('witnessed')
  },
)

async function levelOf(node: NodeProcess): Promise<string> {
  return (await node.control.status()).disk.level
}

async function hasBallast(home: string): Promise<boolean> {
  return access(join(home, 'ballast')).then(
    () => true,
    () => false,
  )
}

/** Leaves so much space on the disk. */
async function fillUpTo(disk: string, file: string, leftMb: number): Promise<void> {
  const { bavail, bsize } = await statfs(disk)
  await writeFile(file, new Uint8Array(Math.max(0, bavail * bsize - leftMb * 1_000_000)))
}
