/**
 * What `tally doctor` looks at: this machine, the home folder, and the running node, or what would keep one from
 * starting. It repairs nothing.
 */
import { access, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { isLedgerError } from '../errors.ts'
import type { NodeStatus } from '../node/api.ts'
import type { Context } from './context.ts'
import { controlClient } from './control-client.ts'
import { LOW_DISK_FIX } from './disk-words.ts'
import { formatBytes } from './format-bytes.ts'
import { describeOtherNetwork, otherNetworkFix } from './other-network-words.ts'
import { printable } from './terminal-text.ts'
import { now } from './time-input.ts'

export type Finding = {
  /** note: worth knowing; nothing needs to be done. */
  level: 'ok' | 'note' | 'problem'
  what: string
  fix?: string
  /** Of the error that a start would end with. */
  code?: string
}

const NODE_MAJOR = 24
/** So far above the limit there is time to do something. */
const NEAR_LIMIT = 2
const BACKUP_AGE_DAYS = 30
const STALE_SECONDS = 900
/** The newest date this program can be older than: a clock before it is wrong. */
const BUILT_AT: number = Date.UTC(2026, 0, 1) / 1000

export async function examine(context: Context): Promise<Finding[]> {
  const { home } = context
  const findings = [checkRuntime(), checkClock()]
  const hidden = await access(join(home, 'node.yaml')).catch((error: NodeJS.ErrnoException) => error)
  if (hidden?.code === 'EACCES') {
    const fix = 'run the command as the user who runs the node'
    findings.push({ level: 'problem', what: `the system does not let this user look into ${home}`, fix })
    return findings
  }
  if (hidden !== undefined) {
    findings.push({
      level: 'problem',
      what: `no node lives in ${home}`,
      fix: 'make one with `tally init`, or name its folder with --home',
    })
    return findings
  }
  findings.push(...(await checkPermissions(home)), await checkDisk(home), await checkBackup(home))
  const { isHomeLocked } = await import('../storage/home-lock.ts')
  if (!(await isHomeLocked(home))) {
    findings.push(...(await checkOpening(home)))
    const isStartable = findings.every(({ code }) => code === undefined)
    const fix = isStartable ? 'tally up' : 'first what is named above, then: tally up'
    findings.push({ level: 'problem', what: 'the node is not running', fix }, ...(await checkPorts(home)))
    return findings
  }
  try {
    findings.push(...checkNode(await controlClient(home, context.options.timeoutMs).status()))
  } catch (error) {
    if (!isLedgerError(error)) throw error
    findings.push({
      level: 'problem',
      what: `the node holds its lock but does not answer: ${error.message}`,
      fix: 'wait if it has just started; else stop it and run `tally up`',
    })
  }
  return findings
}

function checkRuntime(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= NODE_MAJOR) return { level: 'ok', what: `Node ${process.versions.node}` }
  return { level: 'problem', what: `Node ${process.versions.node} is too old`, fix: `use Node ${NODE_MAJOR} or newer` }
}

function checkClock(): Finding {
  if (now() >= BUILT_AT) return { level: 'ok', what: 'the clock is plausible' }
  return {
    level: 'problem',
    what: `the clock says ${new Date().toISOString()}`,
    fix: 'set it (a time server keeps it right): cosignatures are dated with it',
  }
}

async function checkPermissions(home: string): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [name, mask, code] of [
    // The one that a start refuses.
    ['', 0o022, 'HOME_UNSAFE'],
    ['keys', 0o077, undefined],
    ['parties', 0o077, undefined],
  ] as const) {
    const path = join(home, name)
    const mode = (await stat(path).catch(() => undefined))?.mode
    if (mode === undefined) {
      findings.push({
        level: 'problem',
        what: `there is no folder ${path}`,
        fix: 'put it back from a backup (tally restore, into a new folder): the keys in it exist nowhere else',
      })
      continue
    }
    if ((mode & mask) === 0) continue
    findings.push({
      level: 'problem',
      what: `other users can get into ${path} (mode ${(mode & 0o777).toString(8)})${code === undefined ? '' : ` [${code}]`}`,
      fix: `chmod 700 ${path}`,
      ...(code === undefined ? {} : { code }),
    })
  }
  return findings.length > 0 ? findings : [{ level: 'ok', what: `${home} belongs to this user alone` }]
}

async function checkDisk(home: string): Promise<Finding> {
  const { homePaths, readConfig } = await import('../node/home.ts')
  const { leastFreeBytes, readDiskSpace } = await import('../storage/disk-space.ts')
  // Settings that cannot be read are a finding of their own.
  const config = await readConfig(homePaths(home)).catch(() => undefined)
  const { freeBytes, totalBytes } = await readDiskSpace(home)
  const least = leastFreeBytes(totalBytes, config?.leastFreeMb)
  const free = `${formatBytes(freeBytes)} free on the disk of ${home}`
  if (totalBytes === 0 || freeBytes >= least * NEAR_LIMIT) return { level: 'ok', what: free }
  const limit = `a node takes no statements below ${formatBytes(least)}`
  if (freeBytes >= least) return { level: 'note', what: `${free}; ${limit}`, fix: 'free some space before that' }
  return { level: 'problem', what: `only ${free}; ${limit}. Nothing acknowledged is lost`, fix: LOW_DISK_FIX }
}

async function checkBackup(home: string): Promise<Finding> {
  const text = await readFile(join(home, 'backup.txt'), 'utf8').catch(() => '')
  const made = Date.parse(text.trim()) / 1000
  if (Number.isNaN(made))
    return {
      level: 'problem',
      what: 'there is no backup of the keys',
      fix: 'tally backup -o FILE, and keep the file elsewhere',
    }
  const days = Math.floor((now() - made) / 86_400)
  if (days <= BACKUP_AGE_DAYS) return { level: 'ok', what: `backup ${days} days old` }
  return {
    level: 'note',
    what: `the backup is ${days} days old`,
    fix: 'tally backup -o FILE; needed after keys, settings or operators changed',
  }
}

/** What `tally up` would end with, if it were run now. */
async function checkOpening(home: string): Promise<Finding[]> {
  const { findOpeningFaults } = await import('./opening-checks.ts')
  const faults = await findOpeningFaults(home)
  return faults.map(({ code, message, hint }) => ({
    level: 'problem',
    what: `${printable(message)} [${code}]`,
    fix: hint ?? `docs/errors.md says what to do about ${code}`,
    code,
  }))
}

async function checkPorts(home: string): Promise<Finding[]> {
  const { homePaths, readConfig } = await import('../node/home.ts')
  // Settings that cannot be read are a finding already.
  const config = await readConfig(homePaths(home)).catch(() => undefined)
  const findings: Finding[] = []
  for (const address of config?.listen ?? []) {
    const port = Number(/\/tcp\/(\d+)$/u.exec(address)?.[1] ?? 0)
    const host = /^\/ip[46]\/([^/]+)\//u.exec(address)?.[1]
    if (port === 0 || host === undefined || (await canListen(host, port))) continue
    findings.push({
      level: 'problem',
      what: `cannot listen on ${address}: another program uses the port`,
      fix: 'stop that program, or change `listen` in node.yaml',
    })
  }
  return findings
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => void server.close(() => resolve(true)))
  })
}

/** What the running node says about itself and its operators. */
export function checkNode(status: NodeStatus): Finding[] {
  const findings: Finding[] = []
  if (status.state === 'READY') findings.push({ level: 'ok', what: 'the node signs' })
  else
    findings.push({
      level: 'problem',
      what: `the node is ${status.state}: ${status.reason ?? 'it does not sign'}`,
      ...fixOf(status),
    })
  findings.push(quorumFinding(status))
  for (const peer of status.peers) {
    if (peer.otherNetwork !== undefined)
      findings.push({ level: 'problem', what: describeOtherNetwork(peer, status), fix: otherNetworkFix(peer) })
    else if (!peer.isConnected)
      findings.push({
        level: 'problem',
        what: `${peer.name} is not reachable${peer.lastError === undefined ? '' : `: ${peer.lastError}`}`,
        fix: 'ask its operator whether it runs; check addresses and firewall',
      })
    else if (!peer.isCounted)
      findings.push({
        level: 'note',
        what: `${peer.name} does not count yet: it does not hold this log's newest checkpoint`,
        fix: 'ask its operator to add your card: tally peer card',
      })
  }
  for (const { origin, fork } of status.logs) {
    if (fork !== undefined)
      findings.push({
        level: 'problem',
        what: `${origin} has two histories; it is frozen here`,
        fix: 'compare both with its operator, then: tally log unfreeze',
      })
  }
  if (status.queued > 0) findings.push({ level: 'note', what: `${status.queued} statements wait for their receipts` })
  if (status.operators > 0 && (status.witnessedAt === undefined || now() - status.witnessedAt > STALE_SECONDS)) {
    findings.push({
      level: 'problem',
      what: 'the newest checkpoint was not witnessed for a while',
      fix: 'see which operators are away: tally witness list',
    })
  }
  return findings
}

function quorumFinding({ operators, quorum }: NodeStatus): Finding {
  const others = operators
  if (others === 0)
    return {
      level: 'note',
      what: "no other operator witnesses this log: receipts are worth only this node's own word",
      fix: 'tally peer invite',
    }
  const spare = others - quorum
  if (spare === 0) {
    return {
      level: 'note',
      what: `with ${others + 1} operators any outage pauses receipts (statements are kept)`,
      fix: 'four or more operators let one be away: tally peer invite',
    }
  }
  return { level: 'ok', what: `${others + 1} operators: ${spare} may be away` }
}

function fixOf({ state }: NodeStatus): { fix?: string } {
  if (state === 'DAMAGED') return { fix: 'stop it, then: tally repair --from-peers' }
  if (state === 'WAITING') return { fix: 'nothing is lost; it signs again when enough operators are reachable' }
  return {}
}
