/**
 * One run: nodes come up, statements arrive all the time, faults are drawn from the seed; then the faults end, and every
 * guarantee is checked. At most one node is ever started from an older copy of its folder, or beside a copy of it: two such
 * faults at once are beyond what the protocol promises (docs/threat-model.md).
 */
import { createHash } from 'node:crypto'
import type { BlobStore } from '../../src/storage/blob-store.ts'
import { Cluster, type Machine } from './cluster.ts'
import { Chance } from './random.ts'
import type { SimulatedDisk } from './simulated-disk.ts'

export interface SimulationResult {
  readonly seed: number
  /** What was violated; empty in a good run. */
  readonly violations: readonly string[]
  readonly receipts: number
  readonly checkpoints: number
  /** Answers that were others than those given. */
  readonly lies: number
  /** How often each fault was injected. */
  readonly faults: Readonly<Record<string, number>>
  readonly virtualSeconds: number
  readonly trace: readonly string[]
  /** SHA-256 of the trace. */
  readonly digest: string
}

export interface SimulationOptions {
  readonly lyingDisks?: boolean
  /** How long the network may take to be whole again. */
  readonly healMs?: number
}

/** Lies have a chance of their own, far from the seeds of runs. */
const FIRST_LYING_SEED = 2 ** 40

const BOOT_MS = 120_000
/** After a partition, a silent operator and a retreat before another copy, each with its longest pause. */
const HEAL_MS = 10 * 60_000

export async function simulate(
  seed: number,
  faultyMs: number,
  blobs: BlobStore,
  options: SimulationOptions = {},
): Promise<SimulationResult> {
  const chance = new Chance(seed)
  const cluster = await Cluster.create(chance, chance.pick([2, 3, 3, 4, 4, 5]), blobs)
  for (const { disk } of cluster.machines) disk.speed.isLying = options.lyingDisks === true
  const restore = cluster.time.install(chance.next)
  try {
    const run = new FaultyRun(cluster, chance, seed)
    await run.boot()
    await run.disturb(faultyMs)
    await run.heal(options.healMs ?? HEAL_MS)
    return run.result(seed)
  } finally {
    restore()
  }
}

type Fault = (run: FaultyRun) => Promise<void> | void

class FaultyRun {
  readonly cluster: Cluster
  readonly chance: Chance
  readonly counts: Record<string, number> = {}
  /** The one node that is ever started from an older copy of its folder. */
  private readonly forgetful: Machine
  private copies: SimulatedDisk[] = []
  /** A copy of that node beside it. */
  private twin: Machine | undefined
  private readonly kind: 'restore' | 'twin' | 'neither'
  /** Of the one operator whose answers are not always what it knows. */
  private readonly liar: Machine
  private readonly lying: Chance
  private readonly downUntil = new Map<Machine, number>()
  /** It takes part from some moment of the faults on: then the others count it. */
  private late: Machine | undefined
  private readonly violations: string[] = []

  constructor(cluster: Cluster, chance: Chance, seed: number) {
    this.cluster = cluster
    this.lying = new Chance(seed + FIRST_LYING_SEED)
    this.liar = this.lying.pick(cluster.machines)
    this.chance = chance
    this.forgetful = chance.pick(cluster.machines)
    this.kind = chance.pick(['restore', 'twin', 'neither'])
    // A copy of a folder knows who counted then: with fewer operators it is protected by fewer.
    if (this.kind === 'neither' && cluster.machines.length > 2 && chance.isTrue(0.5))
      this.late = cluster.machines.at(-1)
  }

  async boot(): Promise<void> {
    const { cluster } = this
    const first = cluster.machines.filter((machine) => machine !== this.late)
    for (const machine of first) await cluster.start(machine)
    await cluster.time.run(
      BOOT_MS,
      () => cluster.isQuiet() && first.every(({ node }) => node?.parts.sequencer.quorum().m === first.length - 1),
    )
    if (!cluster.isQuiet()) this.violations.push('the network did not come up')
  }

  async disturb(faultyMs: number): Promise<void> {
    const { cluster, chance } = this
    const end = cluster.time.nowMs + faultyMs
    while (cluster.time.nowMs < end && cluster.faults.length === 0) {
      await cluster.time.run(cluster.time.nowMs + chance.between(100, 8_000))
      for (const machine of this.all()) if (chance.isTrue(0.4)) this.submitTo(machine)
      const name = chance.pick(Object.keys(FAULTS))
      this.letLie()
      if (chance.isTrue(0.7)) await (FAULTS[name] as Fault)(this)
      await this.restartDue()
    }
  }

  async heal(withinMs: number): Promise<void> {
    const { cluster } = this
    cluster.network.healAll()
    for (const machine of this.all()) {
      machine.disk.isFull = false
      machine.disk.freeBytes = machine.disk.measure().totalBytes
      machine.disk.speed.slowestMs = 10
      machine.aheadSeconds = 0
    }
    // Of two copies one goes on: the other one, if it still runs, is what the operator stops.
    if (this.twin !== undefined) this.cluster.kill(this.twin, false)
    await this.startAll()
    // A write that found a full disk before may end its node only now.
    await cluster.time.run(cluster.time.nowMs + 10_000)
    await this.startAll()
    const end = cluster.time.nowMs + withinMs
    await cluster.time.run(end, () => cluster.isQuiet())
    // Disks are looked at each second.
    await cluster.time.run(cluster.time.nowMs + 5_000)
    for (const machine of cluster.machines) cluster.submit(machine, 2, 'witnessed')
    const before = cluster.receiptCount
    const { length } = cluster.machines
    const isDone = (): boolean => cluster.receiptCount >= before + 2 * length && this.countsAll() && cluster.isQuiet()
    await cluster.time.run(end, isDone)
    if (!cluster.isQuiet()) this.violations.push(`not quiet after the faults: ${this.states()}`)
    if (!this.countsAll()) this.violations.push(`not all count each other after the faults: ${this.states()}`)
    if (cluster.receiptCount < before + 2 * length)
      this.violations.push(`no receipts after the faults: ${this.states()}`)
  }

  private async startAll(): Promise<void> {
    for (const machine of this.cluster.machines) {
      if (machine.isUp) continue
      this.cluster.kill(machine, false)
      await this.cluster.start(machine)
    }
  }

  /** Every node counts every other one for its quorum. */
  private countsAll(): boolean {
    const others = this.cluster.machines.length - 1
    return this.cluster.machines.every(({ node }) => node?.parts.sequencer.quorum().m === others)
  }

  result(seed: number): SimulationResult {
    const { cluster } = this
    const forgetful = new Set(this.kind === 'neither' ? [] : [this.forgetful])
    return {
      seed,
      violations: [...this.violations, ...cluster.check(forgetful)],
      receipts: cluster.receiptCount,
      checkpoints: cluster.checkpointCount,
      lies: cluster.network.lies,
      faults: this.counts,
      virtualSeconds: Math.round(cluster.time.nowMs / 1000),
      trace: cluster.trace,
      digest: createHash('sha256').update(cluster.trace.join('\n')).digest('hex'),
    }
  }

  count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1
    this.cluster.note(`fault ${name}`)
  }

  /** Down for a while; `isSilent`: nobody is told, as when the power fails. */
  takeDown(machine: Machine): void {
    if (!machine.isUp) return
    this.cluster.kill(machine, this.chance.isTrue(0.5))
    this.downUntil.set(machine, this.cluster.time.nowMs + this.chance.between(0, 60_000))
  }

  async restoreOlder(): Promise<void> {
    const older = this.copies.length === 0 ? undefined : this.chance.pick(this.copies)
    if (this.kind !== 'restore' || older === undefined) return
    this.count('older copy')
    this.cluster.kill(this.forgetful, this.chance.isTrue(0.5))
    this.forgetful.disk = older.copy()
    await this.cluster.start(this.forgetful)
  }

  copyDisk(): void {
    if (this.kind !== 'restore') return
    this.count('backup')
    this.copies = [...this.copies, this.forgetful.disk.copy()].slice(-5)
  }

  async startTwin(): Promise<void> {
    if (this.kind !== 'twin' || this.twin !== undefined) return
    this.count('twin')
    this.twin = this.cluster.copyOf(this.forgetful)
    await this.cluster.start(this.twin)
  }

  /** Only where nobody forgets: a copy learns what it has forgotten from the others. */
  private letLie(): void {
    const { lying } = this
    if (this.kind !== 'neither' || !lying.isTrue(0.1)) return
    this.count('liar')
    const machine = this.liar.name
    this.cluster.network.liar = lying.isTrue(0.3)
      ? undefined
      : { machine, often: lying.between(0.05, 1), chance: lying }
  }

  async join(): Promise<void> {
    const { late } = this
    if (late === undefined) return
    this.count('join')
    this.late = undefined
    await this.cluster.start(late)
  }

  all(): readonly Machine[] {
    return this.twin === undefined ? this.cluster.machines : [...this.cluster.machines, this.twin]
  }

  private submitTo(machine: Machine): void {
    const wait = this.chance.pick(['logged', 'witnessed'] as const)
    this.cluster.submit(machine, this.chance.whole(1, 6), wait)
  }

  private async restartDue(): Promise<void> {
    for (const machine of this.cluster.machines) {
      if (machine.isUp || machine === this.late) continue
      const until = this.downUntil.get(machine) ?? 0
      if (this.cluster.time.nowMs < until) continue
      machine.disk.isFull = false
      this.cluster.kill(machine, false)
      await this.cluster.start(machine)
    }
  }

  private states(): string {
    return this.cluster.machines
      .map(({ name, node }) => {
        const status = node?.api.status()
        return status === undefined
          ? `${name} down`
          : `${name} ${status.state} ${status.reason ?? ''} ${status.publishedSize}/${status.size}+${status.queued} claims ${status.claims}/${status.quorum}`
      })
      .join('; ')
  }
}

const FAULTS: Readonly<Record<string, Fault>> = {
  crash: (run) => {
    run.count('crash')
    run.takeDown(run.chance.pick(run.cluster.machines))
  },
  'crash of all': (run) => {
    if (!run.chance.isTrue(0.2)) return
    run.count('crash of all')
    for (const machine of run.cluster.machines) run.takeDown(machine)
  },
  partition: (run) => {
    run.count('partition')
    const side = new Set(run.all().filter(() => run.chance.isTrue(0.5)))
    for (const from of run.all())
      for (const to of run.all()) if (side.has(from) !== side.has(to)) run.cluster.network.cut(from.name, to.name)
  },
  'one way': (run) => {
    run.count('one way')
    const [from, to] = [run.chance.pick(run.all()), run.chance.pick(run.all())]
    if (from !== to) run.cluster.network.cut(from.name, to.name)
  },
  heal: (run) => {
    run.cluster.network.healAll()
  },
  loss: (run) => {
    run.count('loss')
    run.cluster.network.loss = run.chance.between(0, 0.1)
  },
  'slow network': (run) => {
    run.count('slow network')
    run.cluster.network.slowestMs = run.chance.between(40, 8_000)
  },
  'slow disk': (run) => {
    run.count('slow disk')
    run.chance.pick(run.all()).disk.speed.slowestMs = run.chance.between(10, 5_000)
  },
  'fast disk': (run) => {
    for (const { disk } of run.all()) disk.speed.slowestMs = 10
  },
  'full disk': (run) => {
    run.count('full disk')
    run.chance.pick(run.cluster.machines).disk.isFull = true
  },
  'low disk': (run) => {
    run.count('low disk')
    const { disk } = run.chance.pick(run.all())
    disk.freeBytes = disk.measure().totalBytes * run.chance.between(0, 0.06)
  },
  'room on disks': (run) => {
    for (const { disk } of run.all()) disk.freeBytes = disk.measure().totalBytes
  },
  'clock jump': (run) => {
    run.count('clock jump')
    run.chance.pick(run.all()).aheadSeconds = run.chance.whole(-900, 900)
  },
  'right clocks': (run) => {
    for (const machine of run.all()) machine.aheadSeconds = 0
  },
  backup: (run) => run.copyDisk(),
  'older copy': (run) => run.restoreOlder(),
  twin: (run) => run.startTwin(),
  join: (run) => run.join(),
}
