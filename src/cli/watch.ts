/**
 * What concerns an owner, as it happens: a use that names one of its datasets, with its verdict; a verdict that changed,
 * such as a duty that fell due; a claim against it; a witness that fell silent; a file kept here that somebody erased. What
 * was told is remembered in the home, so that nothing is told twice and nothing is missed while nobody watched.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromBase64 } from '../encoding/bytes.ts'
import { parseCid } from '../encoding/cid.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { isLedgerError } from '../errors.ts'
import { verifyBundle } from '../evidence/verify.ts'
import { nativeSha256, nativeVerifier } from '../node/native-crypto.ts'
import type { NodeStatus } from '../node/api.ts'
import { decodeStatement } from '../statement/envelope.ts'
import type { Statement } from '../statement/envelope.ts'
import { writeFileDurably } from '../storage/durable-file.ts'
import { trustFile } from './collect-evidence.ts'
import type { Context } from './context.ts'
import type { ControlClient } from './control-client.ts'
import { EXIT } from './exit-codes.ts'
import { openNode, partyNames } from './listing.ts'
import { exists } from './reference.ts'
import { parseDuration } from './time-input.ts'

const EVERY_SECONDS = 60
/** Uses whose verdict may still change are judged again, the oldest first, so many at a time. */
const JUDGED_AGAIN = 20
const PAGE = 1000
const SILENT_AFTER_SECONDS = 900

type Event =
  | { readonly event: 'use'; readonly use: string; readonly outcome: string; readonly says: string }
  | { readonly event: 'claim'; readonly claim: string; readonly says: string }
  | { readonly event: 'erasure'; readonly erasure: string; readonly blob: string; readonly says: string }
  | { readonly event: 'witness-silent' | 'witness-back'; readonly origin: string; readonly says: string }

/** By origin: entries looked at. By use: the outcome told last. */
interface Memory {
  readonly seen: Record<string, number>
  readonly open: Record<string, string>
  readonly silent: string[]
}

export async function watch(context: Context): Promise<number> {
  const { options } = context
  const text = options.text('every')
  const every = text === undefined ? EVERY_SECONDS : Math.max(1, parseDuration(text, '--every'))
  const isOnce = options.isSet('once')
  const path = join(context.home, 'watch.json')
  let isAlarming = false
  for (;;) {
    try {
      const memory = await readMemory(path)
      for await (const event of look(context, memory)) {
        context.output.item({ ...event }, event.says)
        isAlarming ||= event.event === 'claim' || (event.event === 'use' && isBroken(event.outcome))
      }
      // Last: killed before this line, it tells things twice and misses nothing.
      await writeFileDurably(path, encodeUtf8(`${JSON.stringify(memory, undefined, 2)}\n`))
    } catch (error) {
      // A node that restarts must not end the watch over it.
      if (isOnce || !isUnreachable(error)) throw error
      context.output.warn(`the node does not answer; trying again in ${every} s`)
    }
    if (isOnce) return isAlarming ? EXIT.violation : EXIT.done
    await sleep(every * 1000)
  }
}

function isUnreachable(error: unknown): boolean {
  return (
    isLedgerError(error, 'NODE_NOT_RUNNING') ||
    isLedgerError(error, 'PEER_TIMEOUT') ||
    isLedgerError(error, 'PEER_UNREACHABLE')
  )
}

function isBroken(outcome: string): boolean {
  return outcome === 'violation' || outcome === 'breach'
}

function isSettled(outcome: string): boolean {
  return outcome === 'compliant' || outcome === 'violation'
}

/** Yields what is new and notes it in the memory. */
async function* look(context: Context, memory: Memory): AsyncIterable<Event> {
  const node = openNode(context)
  const status = await node.status()
  const policy = await trustFile(context)
  const names = await partyNames(node)
  yield* lookAtWitnesses(status.peers, status.witnessedAt, memory)
  const fresh: Extract<Statement, { kind: 15 }>[] = []
  const versions = await ownVersions(node, status)
  const kept = new Set((await node.listBlobs()).map(({ id }) => id))
  for (const { origin, size } of status.logs) {
    const from = Math.min(memory.seen[origin] ?? 0, size)
    for await (const statement of statementsOf(node, { origin, kind: 15, from, size })) {
      if (statement.kind === 15 && statement.payload.datasets.some(({ version }) => versions.has(version)))
        fresh.push(statement)
    }
    for await (const statement of statementsOf(node, { origin, kind: 20, from, size })) {
      if (statement.kind !== 20 || statement.payload.respondent !== status.party) continue
      const by = names.get(statement.iss) ?? statement.iss
      const says = `${by} claims that you broke terms: ${statement.payload.allegation}. Answer it: tally claim answer ${statement.id}`
      yield { event: 'claim', claim: statement.id, says }
    }
    for await (const statement of statementsOf(node, { origin, kind: 25, from, size })) {
      if (statement.kind !== 25 || !kept.has(statement.payload.blob)) continue
      const { blob, reason } = statement.payload
      const by = names.get(statement.iss) ?? statement.iss
      // Told, not done: who controls a file is not in the log, and anybody could sign such a statement.
      const says = `${by} erased the file ${blob} ("${reason}"), and this node still keeps and serves it. Erase it here: tally blob erase ${blob} --local`
      yield { event: 'erasure', erasure: statement.id, blob, says }
    }
    memory.seen[origin] = size
  }
  const again = Object.keys(memory.open).slice(0, JUDGED_AGAIN)
  const known = new Map(fresh.map((statement) => [statement.id as string, statement]))
  for (const use of new Set([...known.keys(), ...again])) {
    const before = memory.open[use]
    const { outcome, why } = await judge(node, policy, use)
    delete memory.open[use]
    if (!isSettled(outcome)) memory.open[use] = outcome
    if (outcome === before) continue
    const statement = known.get(use)
    const by =
      statement === undefined ? '' : ` by ${names.get(statement.iss) ?? statement.iss}, run "${statement.payload.run}"`
    const verb = before === undefined ? 'A use of your dataset' : `The use that was ${before}`
    yield {
      event: 'use',
      use,
      outcome,
      says: `${verb}${by}: ${outcome}. ${why} Evidence: tally bundle make --use ${use} -o use.car`,
    }
  }
}

/** Every version of every dataset the party owns. */
async function ownVersions(node: ControlClient, { party, logs }: NodeStatus): Promise<ReadonlySet<string>> {
  const datasets = new Set<string>()
  const versions = new Set<string>()
  for (const { origin, size } of logs) {
    for await (const statement of statementsOf(node, { origin, kind: 5, from: 0, size }))
      if (statement.kind === 5 && statement.payload.owner === party) datasets.add(statement.id)
  }
  for (const { origin, size } of logs) {
    for await (const statement of statementsOf(node, { origin, kind: 6, from: 0, size }))
      if (statement.kind === 6 && datasets.has(statement.payload.lineage)) versions.add(statement.id)
  }
  return versions
}

/** Every statement of a kind in [from, size) of a log, page by page: one answer of the node holds only so many. */
async function* statementsOf(
  node: ControlClient,
  { origin, kind, from, size }: { origin: string; kind: number; from: number; size: number },
): AsyncIterable<Statement> {
  for (let next = from, count = PAGE; count === PAGE;) {
    count = 0
    for await (const item of node.list({ origin, kind, from: next, limit: PAGE })) {
      count++
      next = item.index + 1
      // What came in meanwhile is for the next look.
      if (item.index < size) yield decodeStatement(fromBase64(item.statement))
    }
  }
}

async function judge(node: ControlClient, policy: string, use: string): Promise<{ outcome: string; why: string }> {
  let bundle: Uint8Array
  try {
    bundle = await node.collect({ question: { use: parseCid(use) } })
  } catch (error) {
    if (isUnreachable(error) || !(error instanceof Error)) throw error
    // Not published yet, or too large to travel: said, and looked at again.
    return { outcome: 'undetermined', why: error.message }
  }
  const report = await verifyBundle(bundle, policy, { verifier: nativeVerifier, sha256: nativeSha256 })
  const verdict = report.verdict
  const uses = verdict?.uses ?? []
  const reasons = [
    ...uses.flatMap(({ datasets }) => datasets.flatMap((dataset) => dataset.reasons)),
    ...uses.flatMap((each) => each.reasons),
  ]
  return {
    outcome: verdict?.outcome ?? 'undetermined',
    why: [...new Set(reasons.map(({ sentence, code }) => `${sentence} [${code}]`))].slice(0, 3).join(' '),
  }
}

function* lookAtWitnesses(
  peers: readonly { readonly name: string; readonly origin: string; readonly isConnected: boolean }[],
  witnessedAt: number | undefined,
  memory: Memory,
): Iterable<Event> {
  for (const { name, origin, isConnected } of peers) {
    const wasSilent = memory.silent.includes(origin)
    if (isConnected && wasSilent) {
      memory.silent.splice(memory.silent.indexOf(origin), 1)
      yield { event: 'witness-back', origin, says: `${name} (${origin}) is connected again.` }
    } else if (!isConnected && !wasSilent) {
      memory.silent.push(origin)
      const age = witnessedAt === undefined ? undefined : Math.floor(Date.now() / 1000) - witnessedAt
      const rest =
        age === undefined || age > SILENT_AFTER_SECONDS
          ? 'Your log is not witnessed at present: receipts have to wait.'
          : 'The others still witness your log.'
      yield { event: 'witness-silent', origin, says: `${name} (${origin}) is silent. ${rest}` }
    }
  }
}

async function readMemory(path: string): Promise<Memory> {
  if (!(await exists(path))) return { seen: {}, open: {}, silent: [] }
  try {
    const { seen, open, silent } = JSON.parse(await readFile(path, 'utf8')) as Partial<Memory>
    return { seen: { ...seen }, open: { ...open }, silent: Array.isArray(silent) ? [...silent] : [] }
  } catch {
    // A broken memory costs telling things twice, never missing one.
    return { seen: {}, open: {}, silent: [] }
  }
}
