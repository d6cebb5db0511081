/**
 * The settings of a node, `node.yaml` in its home: read once at start, closed (an unknown key is an error that names it).
 * nodes/README.md explains every setting to the people who run nodes.
 */
import { parse as parseYaml } from 'yaml'
import { isCid } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import { isTcpAddress } from '../network/addresses.ts'

export type AdmissionMode = 'members' | 'counterparties' | 'open'

export interface NodeConfig {
  /** The organisation's name, as people read it. */
  name: string
  /** The name of its log for ever: a URL without scheme and port. */
  origin: string
  /** Multiaddrs to listen on. Empty: this node only dials out. */
  listen: readonly string[]
  /** Multiaddrs to tell others, where they differ from what the system reports. */
  announce: readonly string[]
  admission: {
    mode: AdmissionMode
    /** Party ids that may always submit. */
    members: readonly string[]
    /** Statements one issuer may submit a day under `open`. */
    perIssuerDaily: number
  }
  /** How often witnesses are asked to date the newest checkpoint again. */
  heartbeatSeconds: number
  /** How often peers are asked what is new, whether or not gossip arrives. */
  antiEntropySeconds: number
  /** Statements that may wait without a receipt before new ones are refused. */
  backlog: number
  /** No statements are taken while less is free on the home's disk; undefined: storage/disk-space.ts decides. */
  leastFreeMb: number | undefined
  /** Size of the file that is given up when the disk is full; 0 for none. */
  ballastMb: number
  /** Accept a home on a network file system. */
  unsafeFs: boolean
}

const DEFAULTS: Omit<NodeConfig, 'name' | 'origin'> = {
  listen: ['/ip4/127.0.0.1/tcp/0'],
  announce: [],
  admission: { mode: 'members', members: [], perIssuerDaily: 1000 },
  heartbeatSeconds: 60,
  antiEntropySeconds: 30,
  backlog: 50_000,
  leastFreeMb: undefined,
  ballastMb: 64,
  unsafeFs: false,
}

/** @throws LedgerError CONFIG_INVALID naming the setting */
export function parseNodeConfig(text: string): NodeConfig {
  let value: unknown
  try {
    value = parseYaml(text)
  } catch (cause) {
    throw invalid('the file is not YAML', cause)
  }
  const fields = record(value, 'node.yaml', Object.keys({ ...DEFAULTS, name: 0, origin: 0 }))
  const admission = record(fields['admission'] ?? {}, 'admission', ['mode', 'members', 'perIssuerDaily'])
  const mode = admission['mode'] ?? DEFAULTS.admission.mode
  if (mode !== 'members' && mode !== 'counterparties' && mode !== 'open') {
    throw invalid(`admission.mode is ${JSON.stringify(mode)}; expected members, counterparties or open`)
  }
  const config: NodeConfig = {
    name: text1(fields['name'], 'name', 200),
    origin: parseOrigin(text1(fields['origin'], 'origin', 255)),
    listen: texts(fields['listen'] ?? DEFAULTS.listen, 'listen'),
    announce: texts(fields['announce'] ?? DEFAULTS.announce, 'announce'),
    admission: {
      mode,
      members: texts(admission['members'] ?? [], 'admission.members'),
      perIssuerDaily: count(
        admission['perIssuerDaily'] ?? DEFAULTS.admission.perIssuerDaily,
        'admission.perIssuerDaily',
        1,
      ),
    },
    heartbeatSeconds: count(fields['heartbeatSeconds'] ?? DEFAULTS.heartbeatSeconds, 'heartbeatSeconds', 1),
    antiEntropySeconds: count(fields['antiEntropySeconds'] ?? DEFAULTS.antiEntropySeconds, 'antiEntropySeconds', 1),
    backlog: count(fields['backlog'] ?? DEFAULTS.backlog, 'backlog', 1),
    leastFreeMb: fields['leastFreeMb'] === undefined ? undefined : count(fields['leastFreeMb'], 'leastFreeMb', 0),
    ballastMb: count(fields['ballastMb'] ?? DEFAULTS.ballastMb, 'ballastMb', 0),
    unsafeFs: flag(fields['unsafeFs'] ?? DEFAULTS.unsafeFs, 'unsafeFs'),
  }
  assertReadable(config)
  return config
}

/** What would fail only when the node runs, or never be noticed at all. */
function assertReadable({ listen, announce, admission }: NodeConfig): void {
  for (const [path, addresses] of Object.entries({ listen, announce })) {
    const wrong = addresses.find((address) => !isTcpAddress(address))
    if (wrong !== undefined)
      throw invalid(`${path}: ${JSON.stringify(wrong)} is no TCP multiaddr, such as /ip4/0.0.0.0/tcp/4001`)
  }
  const stranger = admission.members.find((member) => !isCid(member))
  if (stranger !== undefined)
    throw invalid(`admission.members: ${JSON.stringify(stranger)} is no id of a party; ids start with bafkrei`)
}

/**
 * Origins are checkpoint names and URLs without scheme: no port, no space, no plus sign, nothing to normalise.
 *
 * @throws LedgerError CONFIG_INVALID
 */
export function parseOrigin(text: string): string {
  const isUrl = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:\/[A-Za-z0-9._~-]+)*$/.test(text)
  if (!isUrl || text.length > 255 || text === 'cosignature/v1') {
    throw invalid(
      `origin ${JSON.stringify(text)} is not a URL without scheme and port, such as coast-voices.example/tally/1`,
    )
  }
  return text
}

function record(value: unknown, path: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${path} is not a map of settings`)
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      throw invalid(`unknown setting ${JSON.stringify(key)} in ${path}; known are ${known.join(', ')}`)
  }
  return value as Record<string, unknown>
}

function text1(value: unknown, path: string, maxLength: number): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= maxLength) return value
  throw invalid(`${path} is missing or not a text of at most ${maxLength} characters`)
}

function texts(value: unknown, path: string): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw invalid(`${path} is not a list of texts`)
}

function count(value: unknown, path: string, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw invalid(`${path} is not a whole number of at least ${least}`)
}

function flag(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value
  throw invalid(`${path} is neither true nor false`)
}

function invalid(what: string, cause?: unknown): LedgerError {
  return new LedgerError('CONFIG_INVALID', what, {
    cause,
    hint: 'mend node.yaml; nodes/README.md explains every setting',
  })
}
