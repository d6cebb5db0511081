/**
 * The folder of a node: where everything stands, how it is made once, and how it is read at start.
 *
 * It is made in `<home>.tmp` and renamed when complete, so a home is whole or absent; nothing is ever created in it again
 * that a start could mistake for an empty log (docs/guarantees.md, "storage contract").
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify as formatYaml } from 'yaml'
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { leafHash } from '../merkle/hash.ts'
import {
  ED25519_COSIGNATURE,
  ED25519_NOTE,
  formatVerifierKey,
  type VerifierKey,
  verifierKey,
} from '../note/verifier-key.ts'
import { logIdOf } from '../network/log-id.ts'
import { peerIdOf } from '../network/peer-id.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import type { Signer } from '../signing/signer.ts'
import { decodeStatement, prepareStatement, signStatement } from '../statement/envelope.ts'
import { writeFileDurably } from '../storage/durable-file.ts'
import { type Head, replaceHead } from '../storage/head-file.ts'
import { createHome } from '../storage/home.ts'
import { createLevelStore } from '../storage/level-store.ts'
import { openLogStore } from '../storage/log-store.ts'
import type { Store } from '../storage/store.ts'
import { type Card, formatCard, parseCard } from './card.ts'
import { parseCardLine } from './card-line.ts'
import { type NodeConfig, parseNodeConfig, parseOrigin } from './config.ts'
import { KeyDirectory } from './key-directory.ts'
import { nativeSha256, nativeSigner } from './native-crypto.ts'
import { createNodeKeys, type NodeKeys, readNodeKeys } from './node-keys.ts'

export interface HomePaths {
  home: string
  config: string
  card: string
  network: string
  peers: string
  parties: string
  forks: string
  blobs: string
  database: string
  head: string
  socket: string
}

export function homePaths(home: string): HomePaths {
  return {
    home,
    config: join(home, 'node.yaml'),
    card: join(home, 'card.txt'),
    network: join(home, 'network-id'),
    peers: join(home, 'peers'),
    parties: join(home, 'parties'),
    forks: join(home, 'forks'),
    blobs: join(home, 'blobs'),
    database: join(home, 'db'),
    head: join(home, 'head'),
    socket: join(home, 'control.sock'),
  }
}

export interface NewNode {
  /** The text of node.yaml; a default one is written for name and origin when absent. */
  configText?: string
  name: string
  origin: string
  /** The operator's party: its inception statement and a key of it. */
  partySigner: Signer
  partyStatement: Uint8Array
  /** 16 random bytes name the network; the founder draws them, others take them from an invitation. */
  networkId?: Uint8Array
  /** Further files of the home, such as the party's key file: relative path to bytes. */
  files?: ReadonlyMap<string, Uint8Array>
}

/**
 * Makes a node: keys, genesis, the operator's party as second entry, the head file.
 *
 * @throws LedgerError STORE_EXISTS when the folder exists; CONFIG_INVALID
 */
export async function createNodeHome(home: string, node: NewNode): Promise<void> {
  const origin = parseOrigin(node.origin)
  const configText = node.configText ?? formatYaml({ name: node.name, origin })
  const config = parseNodeConfig(configText)
  const party = decodeStatement(node.partyStatement)
  if (party.kind !== 3) throw new LedgerError('STATEMENT_KIND', 'the operator is introduced by a party statement')
  await createHome(home, async (folder) => {
    const paths = homePaths(folder)
    const keys = await createNodeKeys(folder)
    for (const path of [paths.peers, paths.parties, paths.forks]) await mkdir(path, { mode: 0o700 })
    const { entries, card } = await introduceNode(config, keys, node, party.id)
    await writeFirstEntries(paths, origin, entries)
    await writeFileDurably(paths.card, encodeUtf8(`${formatCard(card, node.partySigner)}\n`))
    await writeFileDurably(paths.network, encodeUtf8(`${toHex(node.networkId ?? new Uint8Array(randomBytes(16)))}\n`))
    await writeFileDurably(paths.config, encodeUtf8(configText))
    for (const [name, bytes] of node.files ?? []) await writeFileDurably(join(folder, name), bytes)
  })
}

/** What a new node says of itself: the first entries of its log, and its card. */
export async function introduceNode(
  config: NodeConfig,
  keys: NodeKeys,
  { partySigner, partyStatement }: Pick<NewNode, 'partySigner' | 'partyStatement'>,
  party: CidText,
): Promise<{ entries: readonly Uint8Array[]; card: Card }> {
  const publicKeys = nodeVerifierKeys(config, keys)
  const genesis = signStatement(
    prepareStatement(
      1,
      {
        v: 1,
        origin: config.origin,
        operator: party,
        logKey: formatVerifierKey(publicKeys.log),
        witnessKey: formatVerifierKey(publicKeys.witness),
        mirrorKey: formatVerifierKey(publicKeys.mirror),
        admission: { mode: config.admission.mode },
      },
      { iss: party },
      partySigner.publicKey,
    ),
    partySigner,
  )
  const card: Card = {
    name: config.name,
    party,
    partyStatement,
    origin: config.origin,
    logKey: publicKeys.log,
    witnessKey: publicKeys.witness,
    mirrorKey: publicKeys.mirror,
    peerId: await peerIdOf(keys.transport),
    addresses: config.announce,
  }
  return { entries: [genesis, partyStatement], card }
}

async function writeFirstEntries(paths: HomePaths, origin: string, entries: readonly Uint8Array[]): Promise<void> {
  const store = await createLevelStore(paths.database)
  try {
    await replaceHead(paths.head, undefined, await appendFirstEntries(store, origin, entries))
  } finally {
    await store.close()
  }
}

/** @returns the first head: size 0 is signed by nobody, and the first start proposes these entries as the first checkpoint */
export async function appendFirstEntries(store: Store, origin: string, entries: readonly Uint8Array[]): Promise<Head> {
  const log = await openLogStore(store, origin, { sha256: nativeSha256 })
  const append = log.prepareAppend(entries.map((bytes) => ({ bytes, leafHash: leafHash(bytes, nativeSha256) })))
  const directory = new KeyDirectory(store)
  const keys = entries.flatMap((bytes) => directory.prepareKeysOf(decodeStatement(bytes)))
  await store.commit([...append.operations, ...keys])
  log.applied(append)
  return { origin, size: 0, root: log.rootAt(0), state: 'published' }
}

export function nodeVerifierKeys(
  config: { origin: string },
  keys: NodeKeys,
): { log: VerifierKey; witness: VerifierKey; mirror: VerifierKey } {
  return {
    log: verifierKey(config.origin, ED25519_NOTE, nativeSigner(keys.log).publicKey),
    witness: verifierKey(`${config.origin}/witness`, ED25519_COSIGNATURE, nativeSigner(keys.witness).publicKey),
    mirror: verifierKey(`${config.origin}/mirror`, ED25519_COSIGNATURE, nativeSigner(keys.mirror).publicKey),
  }
}

export interface NodeHome {
  paths: HomePaths
  config: NodeConfig
  keys: NodeKeys
  card: Card
  cardText: string
  /** Hex. */
  networkId: string
  peers: PeerEntry[]
}

export interface PeerEntry {
  card: Card
  cardText: string
  addresses: readonly string[]
}

/** @throws LedgerError STORE_MISSING, CONFIG_INVALID, CARD_MALFORMED, KEY_*, UNSAFE_PERMISSIONS */
export async function loadNodeHome(home: string, verifier: SignatureVerifier): Promise<NodeHome> {
  const paths = homePaths(home)
  const config = await readConfig(paths)
  const cardText = await readCardText(paths)
  const networkId = await readNetworkId(paths)
  const card = await parseCard(cardText, verifier)
  assertOwnCard(config, card)
  return {
    paths,
    config,
    keys: await readNodeKeys(home),
    card,
    cardText,
    networkId,
    peers: await readPeers(paths, verifier),
  }
}

/** @throws LedgerError STORE_MISSING, CONFIG_INVALID */
export async function readConfig({ config, home }: HomePaths): Promise<NodeConfig> {
  return parseNodeConfig(await readText(config, home))
}

/** @throws LedgerError STORE_MISSING */
export async function readCardText({ card, home }: HomePaths): Promise<string> {
  return (await readText(card, home)).trim()
}

/** @throws LedgerError STORE_MISSING, CONFIG_INVALID */
export async function readNetworkId({ network, home }: HomePaths): Promise<string> {
  const networkId = (await readText(network, home)).trim()
  if (!/^[0-9a-f]{32}$/.test(networkId))
    throw new LedgerError('CONFIG_INVALID', `${network} does not hold a network id`)
  return networkId
}

/** @throws LedgerError CONFIG_INVALID when the home's own card is that of another log */
export function assertOwnCard(config: NodeConfig, card: Card): void {
  if (card.origin === config.origin) return
  throw new LedgerError(
    'CONFIG_INVALID',
    `node.yaml names the log ${config.origin}, this home belongs to ${card.origin}`,
    { hint: 'an origin never changes; run `tally init` for another log' },
  )
}

/** @throws LedgerError CARD_MALFORMED, naming the file */
export async function readPeers(paths: HomePaths, verifier: SignatureVerifier): Promise<PeerEntry[]> {
  const names = (await readdir(paths.peers)).filter((name) => name.endsWith('.card')).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const path = join(paths.peers, name)
      const line = await readText(path, paths.home)
      try {
        return await parseCardLine(line, verifier)
      } catch (cause) {
        if (!isLedgerError(cause)) throw cause
        throw new LedgerError(cause.code, `the card in ${path} cannot be used: ${cause.message}`, {
          cause,
          hint: 'move the file away, and add the operator again: tally peer add',
        })
      }
    }),
  )
}

/** @param line the card and the addresses to reach it at */
export async function writePeerCard(paths: HomePaths, origin: string, line: string): Promise<void> {
  await writeFileDurably(peerCardPath(paths, origin), encodeUtf8(`${line.trim()}\n`))
}

export async function removePeerCard(paths: HomePaths, origin: string): Promise<void> {
  await rm(peerCardPath(paths, origin), { force: true })
}

export async function writeNetworkId(paths: HomePaths, networkId: string): Promise<void> {
  await writeFileDurably(paths.network, encodeUtf8(`${networkId}\n`))
}

function peerCardPath(paths: HomePaths, origin: string): string {
  return join(paths.peers, `${toHex(logIdOf(origin)).slice(0, 32)}.card`)
}

async function readText(path: string, home: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    // There, but not for this user: to make another one is not what helps.
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new LedgerError('STORE_MISSING', `${home} is not the home of a node: ${path} is missing`, {
      cause,
      hint: 'run `tally init` for a new node, or `tally restore` from a backup',
    })
  }
}
