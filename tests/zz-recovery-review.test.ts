import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { LedgerError } from '../src/errors.ts'
import { OwnLog } from '../src/node/own-log.ts'
import { runNode } from '../src/node/run.ts'
import { equalBytes } from '../src/encoding/bytes.ts'
import { datasetStatement, eventually, startTestNetwork, submitLogged, type TestNetwork, type TestNode } from './support/node-network.ts'

let network: TestNetwork | undefined
afterEach(async () => {
  vi.restoreAllMocks()
  await network?.stop()
  network = undefined
}, 30_000)
const parts = (n: TestNode): any => (n.node.api as any).parts
const titles = (p: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${p} ${i}`)
const published = (n: TestNode) => (): boolean => n.node.api.status().publishedSize === n.node.api.status().size
async function put(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await cp(from, to, { recursive: true })
  await rm(join(to, 'lock'), { force: true })
}
const wait = (ms: number): Promise<void> => new Promise((r) => setTimeout(r, ms))

async function olderCopy(after: readonly string[], names = ['owner', 'second']): Promise<TestNode> {
  network = await startTestNetwork(names)
  const owner = network.nodes[0] as TestNode
  await submitLogged(owner, ['first'])
  await eventually(published(owner))
  await owner.node.stop()
  const old = join(network.folder, 'old')
  await put(owner.home, old)
  owner.node = await runNode(owner.home)
  await eventually(() => owner.node.api.status().state === 'READY')
  await submitLogged(owner, after)
  await eventually(published(owner), 60_000)
  for (const o of network.nodes.slice(1))
    await eventually(() => o.node.api.status().logs.find((l) => l.origin === owner.origin)?.size === owner.node.api.status().size, 60_000)
  await owner.node.stop()
  await put(old, owner.home)
  return owner
}

it('T1 stale of-tail row', async () => {
  const owner = await olderCopy(titles('a', 20))
  // crash between commitHeadTo and endRecovery
  const spy = vi.spyOn(OwnLog.prototype, 'endRecovery').mockImplementation(async () => {
    throw new LedgerError('STORE_FAILED', 'crash')
  })
  owner.node = await runNode(owner.home)
  const end = await owner.node.stopped
  expect(end.exit).toBe(70)
  await owner.node.stop()
  spy.mockRestore()
  owner.node = await runNode(owner.home)
  await eventually(() => owner.node.api.status().state === 'READY')
  await submitLogged(owner, titles('b', 5))
  await eventually(published(owner))
  console.log('T1 READY and published, recovery =', parts(owner).own.recovery)
  await owner.node.stop()
  const twin = join(network!.folder, 'twin')
  await put(owner.home, twin)
  owner.node = await runNode(owner.home)
  await eventually(() => owner.node.api.status().state === 'READY')
  // accepted and durable in the tree, never reserved
  const seq = parts(owner).sequencer
  seq.operators.reserve = async () => 0
  const tail = await submitLogged(owner, titles('tail', 40))
  const { size, publishedSize } = owner.node.api.status()
  console.log('T1 tail', publishedSize, size, 'recovery', parts(owner).own.recovery)
  await owner.node.stop()
  const mine = join(network!.folder, 'mine')
  await put(owner.home, mine)
  await put(twin, owner.home)
  owner.node = await runNode(owner.home)
  await eventually(() => owner.node.api.status().state === 'READY')
  await submitLogged(owner, titles('twin', 200))
  await eventually(published(owner))
  await eventually(() => network!.nodes[1]!.node.api.status().logs.find((l) => l.origin === owner.origin)?.size === owner.node.api.status().size)
  console.log('T1 twin published', owner.node.api.status().publishedSize)
  await owner.node.stop()
  await put(mine, owner.home)
  owner.node = await runNode(owner.home)
  let exit: unknown
  void owner.node.stopped.then((e) => (exit = e))
  await wait(12_000)
  console.log('T1 with stale row:', exit, owner.node.api.status().state, owner.node.api.status().size, owner.node.api.status().reason)
  await owner.node.stop()
  // control: same folder without the row
  const spy2 = vi.spyOn(OwnLog, 'open')
  await put(mine, owner.home)
  spy2.mockRestore()
  const orig = OwnLog.open
  vi.spyOn(OwnLog, 'open').mockImplementation(async (deps) => {
    const own = await orig.call(OwnLog, deps)
    ;(own as any).recovery = undefined
    return own
  })
  owner.node = await runNode(owner.home)
  await eventually(() => owner.node.api.status().state === 'READY', 20_000)
  await eventually(published(owner))
  console.log('T1 control:', owner.node.api.status().state, owner.node.api.status().size, tail.size)
}, 120_000)

it('T2 logged twice', async () => {
  const owner = await olderCopy(titles('a', 20))
  const target = datasetStatement(owner, 'a 7')
  const original = OwnLog.prototype.recover
  let submitted: Promise<unknown> | undefined
  vi.spyOn(OwnLog.prototype, 'recover').mockImplementation(async function (this: OwnLog, chunk) {
    submitted ??= owner.node.api.submit(target, { wait: 'logged', timeoutMs: 10_000 })
    await wait(300)
    await original.call(this, chunk)
  })
  owner.node = await runNode(owner.home)
  await eventually(() => owner.node.api.status().state === 'READY' && submitted !== undefined)
  await submitted
  await wait(1500)
  const { tree } = parts(owner).own
  let count = 0
  for (let i = 0; i < tree.size; i++) if (equalBytes(tree.readEntry(i), target)) count++
  console.log('T2 occurrences', count, 'published', owner.node.api.status().publishedSize, tree.size)
}, 60_000)

it('T3 forked overwritten', async () => {
  const owner = await olderCopy(titles('a', 20))
  const original = OwnLog.prototype.recover
  vi.spyOn(OwnLog.prototype, 'recover').mockImplementation(async function (this: OwnLog, chunk) {
    parts(owner).sequencer.enterForked() // what forks.onFork does
    await original.call(this, chunk)
  })
  const states: string[] = []
  owner.node = await runNode(owner.home, { onProgress: (l) => states.push(l) })
  await wait(4000)
  console.log('T3', owner.node.api.status().state, states)
  const r = await owner.node.api.submit(datasetStatement(owner, 'after fork'), { wait: 'witnessed', timeoutMs: 5000 })
  console.log('T3 after', r.state, owner.node.api.status().publishedSize)
}, 60_000)

it('T5 a lying only peer ends the process', async () => {
  const owner = await olderCopy(titles('a', 1300))
  const second = network!.nodes[1] as TestNode
  const log = parts(second).logs.get(owner.origin)
  // lies in one entry: rehashed consistently is not even needed
  const read = log.store.readEntries.bind(log.store)
  log.store.readEntries = (s: number, c: number, m: number): Uint8Array[] => read(s, c, m).map((e: Uint8Array, i: number) => (s + i === 500 ? new TextEncoder().encode('forged') : e))
  owner.node = await runNode(owner.home)
  let exit: any
  void owner.node.stopped.then((e) => (exit = e))
  await wait(6000)
  console.log('T5', exit?.exit, exit?.error?.code, owner.node.api.status().state)
}, 120_000)
