/**
 * The four keys of a node, each random and independent, each in a file only its owner can read. Party keys are not here.
 */
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromHex, toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'

export const NODE_KEY_ROLES = ['log', 'witness', 'mirror', 'transport'] as const
export type NodeKeyRole = (typeof NODE_KEY_ROLES)[number]
/** 32-byte Ed25519 seeds. */
export type NodeKeys = Record<NodeKeyRole, Uint8Array>

const PURPOSE: Record<NodeKeyRole, string> = {
  log: 'signs the checkpoints of this log. A second running copy of it forks the log: never start a copy of this folder',
  witness: "signs what this node has seen of others' logs. Never restore this folder over a newer one",
  mirror: "signs that this node holds every entry of others' logs",
  transport: 'names this node on the network; it signs nothing that lasts',
}

export function nodeKeyPath(home: string, role: NodeKeyRole): string {
  return join(home, 'keys', `${role}.key`)
}

/** @throws LedgerError FILE_EXISTS: a key is never overwritten */
export async function createNodeKeys(home: string): Promise<NodeKeys> {
  await mkdir(join(home, 'keys'), { recursive: true, mode: 0o700 })
  const keys = {} as NodeKeys
  for (const role of NODE_KEY_ROLES) {
    keys[role] = new Uint8Array(randomBytes(32))
    await writeNodeKey(home, role, keys[role])
  }
  return keys
}

export async function writeNodeKey(home: string, role: NodeKeyRole, seed: Uint8Array): Promise<void> {
  const path = nodeKeyPath(home, role)
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(`# Tallystick ${role} key: ${PURPOSE[role]}.\n${toHex(seed)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new LedgerError('FILE_EXISTS', `the key file ${path} could not be created`, {
      cause,
      hint: 'a key is never overwritten',
    })
  }
}

/** @throws LedgerError UNSAFE_PERMISSIONS, KEY_MALFORMED, FILE_NOT_FOUND */
export async function readNodeKeys(home: string): Promise<NodeKeys> {
  const keys = {} as NodeKeys
  for (const role of NODE_KEY_ROLES) keys[role] = await readNodeKey(nodeKeyPath(home, role))
  return keys
}

async function readNodeKey(path: string): Promise<Uint8Array> {
  let text: string
  try {
    const info = await lstat(path)
    if (!info.isFile() || (info.mode & 0o077) !== 0) {
      throw new LedgerError('UNSAFE_PERMISSIONS', `others can read the key file ${path}`, { hint: `chmod 600 ${path}` })
    }
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause
    throw new LedgerError('FILE_NOT_FOUND', `the key file ${path} cannot be read`, {
      cause,
      hint: 'restore it from a backup',
    })
  }
  const line = text.split('\n').find((candidate) => candidate.length > 0 && !candidate.startsWith('#')) ?? ''
  if (!/^[0-9a-f]{64}$/.test(line))
    throw new LedgerError('KEY_MALFORMED', `${path} does not hold a key`, { hint: 'restore it from a backup' })
  return fromHex(line)
}
