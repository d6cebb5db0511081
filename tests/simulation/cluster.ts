/**
 * Whole nodes on simulated disks, networks and clocks, and what must hold of their logs whatever happens to them.
 */
import { createPublicKey, verify as verifySync } from 'node:crypto'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { toBase64Url, toHex } from '../../src/encoding/bytes.ts'
import type { CidText } from '../../src/encoding/cid.ts'
import { digestOf } from '../../src/encoding/cid.ts'
import { isLedgerError } from '../../src/errors.ts'
import { parseAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { parseCheckpoint } from '../../src/note/checkpoint.ts'
import { cosignExchange } from '../../src/network/messages/cosign.ts'
import type { Host } from '../../src/network/host.ts'
import type { DiskStatus } from '../../src/node/api.ts'
import { formatCard } from '../../src/node/card.ts'
import type { Clock } from '../../src/node/clock.ts'
import { parseNodeConfig } from '../../src/node/config.ts'
import { DiskGuard } from '../../src/node/disk-guard.ts'
import { appendFirstEntries, homePaths, introduceNode, type NodeHome } from '../../src/node/home.ts'
import { nativeSha256, nativeSigner } from '../../src/node/native-crypto.ts'
import { NODE_KEY_ROLES, type NodeKeys } from '../../src/node/node-keys.ts'
import { type NodeEnd, type WiredNode, wireNode } from '../../src/node/wire.ts'
import { type SignatureVerifier, strictVerifier } from '../../src/signing/ed25519.ts'
import { didKey } from '../../src/signing/key.ts'
import type { Signer } from '../../src/signing/signer.ts'
import { decodeStatement, prepareStatement, signStatement } from '../../src/statement/envelope.ts'
import type { BlobStore } from '../../src/storage/blob-store.ts'
import { datasetStatement } from '../support/node-network.ts'
import type { Chance } from './random.ts'
import { NoBallast, SimulatedDisk } from './simulated-disk.ts'
import { SimulatedNetwork, type SimulatedHost } from './simulated-network.ts'
import { type Owner, VirtualTime } from './virtual-time.ts'

const STARTED_AT_SECONDS = 1_800_000_000

const verified = new Map<string, boolean>()

/**
 * Of the same rule as everywhere, and at once: the pool would answer in an order of its own. Every node of a simulation
 * verifies what all others do, so an answer is looked up where it was given before.
 */
const verifier: SignatureVerifier = strictVerifier((publicKey, message, signature) => {
  const name = [publicKey, nativeSha256(message), signature]
    .map((part) => Buffer.from(part).toString('latin1'))
    .join('')
  const known = verified.get(name)
  if (known !== undefined) return known
  const isValid = verifyOnce(publicKey, message, signature)
  verified.set(name, isValid)
  return isValid
})

function verifyOnce(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey) }, format: 'jwk' })
    return verifySync(undefined, message, key, signature)
  } catch {
    return false
  }
}

/** One process of a node. */
interface Process {
  readonly owner: Owner
  readonly host: SimulatedHost
  node: WiredNode | undefined
  ended: NodeEnd | undefined
}

export class Machine {
  readonly name: string
  readonly home: NodeHome
  readonly signer: Signer
  disk: SimulatedDisk
  process: Process | undefined
  /** Seconds its wall clock is ahead. */
  aheadSeconds = 0

  constructor(name: string, home: NodeHome, signer: Signer, disk: SimulatedDisk) {
    this.name = name
    this.home = home
    this.signer = signer
    this.disk = disk
  }

  get isUp(): boolean {
    return this.process?.node !== undefined && this.process.ended === undefined
  }

  get node(): WiredNode | undefined {
    return this.isUp ? this.process?.node : undefined
  }
}

export class Cluster {
  readonly time: VirtualTime = new VirtualTime()
  readonly network: SimulatedNetwork
  readonly machines: Machine[] = []
  readonly faults: string[] = []
  /** What happened, in order; the same for the same seed. */
  readonly trace: string[] = []
  private readonly chance: Chance
  private readonly blobs: BlobStore
  /** Roots that logs have signed, by origin and size. */
  private readonly signed = new Map<string, Map<number, string>>()
  /** Receipts that were given: statement to index, by origin. */
  private readonly receipts = new Map<string, Map<CidText, number>>()
  /** Statements that were acknowledged without a receipt. */
  private readonly logged = new Map<string, Set<CidText>>()
  private titles = 0

  private constructor(chance: Chance, blobs: BlobStore) {
    this.chance = chance
    this.blobs = blobs
    this.network = new SimulatedNetwork(this.time, chance)
    this.network.observe = (from, protocol, frames) => this.watch(from, protocol, frames)
  }

  /** @param blobs of all nodes: no part of a simulation asks for a file */
  static async create(chance: Chance, count: number, blobs: BlobStore): Promise<Cluster> {
    verified.clear()
    const cluster = new Cluster(chance, blobs)
    const networkId = toHex(chance.bytes(16))
    for (let i = 0; i < count; i++) cluster.machines.push(await createMachine(`node${i}`, networkId, chance))
    for (const machine of cluster.machines) {
      machine.home.peers = cluster.machines
        .filter((other) => other !== machine)
        .map(({ home: { card, cardText } }) => ({ card, cardText, addresses: [`/sim/p2p/${card.peerId}`] }))
    }
    return cluster
  }

  async start(machine: Machine): Promise<void> {
    const owner: Owner = { isAlive: true }
    const host = this.network.open(machine.name, owner, machine.home.card.peerId)
    const process: Process = { owner, host, node: undefined, ended: undefined }
    machine.process = process
    const { store, head } = machine.disk.open(this.time, this.chance)
    const clock: Clock = {
      nowSeconds: () => STARTED_AT_SECONDS + machine.aheadSeconds + Math.floor(this.time.nowMs / 1000),
      monotonicMs: () => this.time.nowMs,
    }
    const { home } = machine
    const { blobs } = this
    const instance = this.chance.bytes(16)
    const startHost = async (): Promise<Host> => host
    const space = {
      measure: async () => machine.disk.measure(),
      ballast: new NoBallast(),
      leastFreeMb: undefined,
      isReadOnly: false,
      onChange: ({ level }: DiskStatus) => this.note(`disk of ${machine.name}: ${level}`),
    }
    this.note(`start ${machine.name}`)
    let isSettled = false
    const open = async (): Promise<void> => {
      try {
        const disk = await DiskGuard.open(space)
        const ports = { home, instance, store, disk, head, blobs, verifier, startHost }
        process.node = await wireNode(ports, { clock }, (how) => this.ended(machine, process, how))
      } catch (error) {
        this.ended(machine, process, { error })
      }
      isSettled = true
    }
    this.time.as(owner, () => void open())
    await this.time.run(this.time.nowMs + 60_000, () => isSettled)
  }

  /** Another machine with a copy of this one's folder as it is now. */
  copyOf(machine: Machine): Machine {
    return new Machine(`${machine.name}-copy`, machine.home, machine.signer, machine.disk.copy())
  }

  /** The process is gone, in the middle of whatever it did. */
  kill(machine: Machine, isSilent: boolean): void {
    const { process } = machine
    if (process === undefined) return
    this.note(`kill ${machine.name}`)
    process.owner.isAlive = false
    process.host.end(isSilent)
    machine.process = undefined
    machine.disk.powerLost()
  }

  private ended(machine: Machine, process: Process, how: NodeEnd): void {
    if (!process.owner.isAlive || process.ended !== undefined) return
    process.ended = how
    const code = isLedgerError(how.error) ? how.error.code : String(how.error)
    this.note(`end ${machine.name} ${code}`)
    process.owner.isAlive = false
    process.host.end()
    // There may be room again when the node ends by a write that found none.
    const isOfFullDisk = code === 'STORE_FAILED' && isLedgerError((how.error as Error).cause, 'DISK_FULL')
    const isExpected = code === 'ANOTHER_COPY' || isOfFullDisk
    if (!isExpected) this.faults.push(`${machine.name} ended by itself: ${describe(how.error)}`)
  }

  /** Statements of the machine's own party, at once, to its own node. */
  submit(machine: Machine, count: number, wait: 'logged' | 'witnessed'): void {
    const { node, home, signer } = machine
    const owner = machine.process?.owner
    if (node === undefined || owner === undefined) return
    const { origin } = home.config
    const submit = async (title: string): Promise<void> => {
      const statement = datasetStatement({ origin, party: home.card.party, signer }, title)
      try {
        const result = await node.api.submit(statement, { wait, timeoutMs: 300_000 })
        if (result.state === 'witnessed') entryOf(this.receipts, origin, () => new Map()).set(result.id, result.index)
        if (result.state === 'logged') entryOf(this.logged, origin, () => new Set()).add(result.id)
      } catch (error) {
        if (!machine.disk.isFull) this.faults.push(`${machine.name} took no statement: ${describe(error)}`)
      }
    }
    this.time.as(owner, () => {
      for (let i = 0; i < count; i++) void submit(`dataset ${this.titles++}`)
    })
  }

  get receiptCount(): number {
    return [...this.receipts.values()].reduce((sum, { size }) => sum + size, 0)
  }

  get checkpointCount(): number {
    return [...this.signed.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** All running nodes hold all of every log, every statement is published, and nothing is under way. */
  isQuiet(): boolean {
    const running = this.machines.flatMap(({ node }) => node ?? [])
    return running.every(({ parts: { own, sequencer } }) => {
      const { origin } = own.log
      return (
        sequencer.currentState === 'READY' &&
        own.queue.size === 0 &&
        own.publishedSize === own.tree.size &&
        running.every(({ parts: { logs } }) => logs.get(origin)?.store.size === own.publishedSize)
      )
    })
  }

  /** Every guarantee, against what was seen; an empty list where all hold. */
  check(forgetful: ReadonlySet<Machine>): string[] {
    const found = [...this.faults]
    for (const machine of this.machines) {
      const { origin } = machine.home.config
      const holders = this.machines.flatMap(({ name, node }) => {
        const store = node?.parts.logs.get(origin)?.store
        return store === undefined ? [] : [{ name, store }]
      })
      const first = holders[0]
      if (first === undefined) continue
      for (const { name, store } of holders) {
        if (store.size !== first.store.size || toHex(store.root()) !== toHex(first.store.root()))
          found.push(`${name} and ${first.name} hold different histories of ${origin}`)
      }
      for (const [size, root] of this.signed.get(origin) ?? []) {
        if (size > first.store.size) found.push(`${origin} signed size ${size}, and has ${first.store.size} entries`)
        else if (toHex(first.store.rootAt(size)) !== root) found.push(`${origin} signed two histories at ${size}`)
      }
      for (const [id, index] of this.receipts.get(origin) ?? []) {
        if (first.store.indexOf(digestOf(id)) !== index) found.push(`the receipt of ${id} in ${origin} is lost`)
      }
      // What was only logged is on one disk: an older copy of that disk may lack it.
      if (forgetful.has(machine)) continue
      for (const id of this.logged.get(origin) ?? []) {
        if (first.store.indexOf(digestOf(id)) === undefined) found.push(`the statement ${id} in ${origin} is lost`)
      }
    }
    return found
  }

  note(text: string): void {
    this.trace.push(`${this.time.nowMs.toFixed(3)} ${text}`)
  }

  /** Reads every checkpoint that a log signed and offered. */
  private watch(from: string, protocol: string, frames: readonly Uint8Array[]): void {
    if (protocol !== cosignExchange.protocol.id) return
    const { body } = cosignExchange.decodeRequest(frames)
    const { origin, size, root } = parseCheckpoint(parseAddCheckpoint(body).note.text)
    const sizes = entryOf(this.signed, origin, () => new Map<number, string>())
    const known = sizes.get(size)
    if (known === undefined) this.note(`${from} signed ${origin} ${size} ${toHex(root).slice(0, 16)}`)
    else if (known !== toHex(root)) this.faults.push(`${origin} signed two roots of size ${size}`)
    sizes.set(size, toHex(root))
  }
}

async function createMachine(name: string, networkId: string, chance: Chance): Promise<Machine> {
  const signer = nativeSigner(chance.bytes(32))
  const origin = `${name}.example/tally/1`
  const config = parseNodeConfig(
    stringify({ name, origin, listen: [], admission: { mode: 'open', perIssuerDaily: 1_000_000 } }),
  )
  const payload = { v: 1, name, keys: [signer.publicKey], threshold: 1, logs: [origin] } as const
  const prepared = prepareStatement(3, payload, { iss: didKey(signer.publicKey) }, signer.publicKey)
  const partyStatement = signStatement(prepared, signer)
  const party = decodeStatement(partyStatement, nativeSha256).id
  const keys = {} as NodeKeys
  for (const role of NODE_KEY_ROLES) keys[role] = chance.bytes(32)
  const { entries, card } = await introduceNode(config, keys, { partySigner: signer, partyStatement }, party)
  const disk = new SimulatedDisk()
  await disk.prepare((store) => appendFirstEntries(store, origin, entries))
  const home: NodeHome = {
    paths: homePaths(join('/nonexistent', name)),
    config,
    keys,
    card,
    cardText: formatCard(card, signer),
    networkId,
    peers: [],
  }
  return new Machine(name, home, signer, disk)
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)
}
