/**
 * `tally log about`, `absent`, `prove` and `check`: what a log says about a subject, and what it does not, from its index.
 * Whatever a node answers, the own one or a peer, is checked here under a trust file before it is shown.
 */
import { equalBytes, fromBase64, fromHex } from '../encoding/bytes.ts'
import { checkIndexEvidence, type CheckedIndex, type VouchedCheckpoint } from '../evidence/check-index.ts'
import { LedgerError } from '../errors.ts'
import { type Hash, leafHash } from '../merkle/hash.ts'
import { nativeSha256, nativeVerifier } from '../node/native-crypto.ts'
import type { IndexQuestion } from '../node/index-proofs.ts'
import { type KindNumber, kindName, kindNumber } from '../statement/kind.ts'
import type { ListItem } from '../subject-index/list.ts'
import { subjectKey } from '../subject-index/subject-key.ts'
import type { Context } from './context.ts'
import { RemoteError } from './error-output.ts'
import { EXIT } from './exit-codes.ts'
import { inFile, readInput, readPolicyText, writeResult } from './files.ts'
import { fieldText, openNode, partyNames, payloadOf } from './listing.ts'
import type { JsonObject } from './output.ts'
import { resolveReference } from './reference.ts'
import { formatTable, printable } from './terminal-text.ts'
import { formatTime, now } from './time-input.ts'

const SHOWN_ENTRIES = 12

/** Exit 0: what is shown is all there is, in every log asked, and mirrors vouch for that; 5: there may be more. */
export async function about(context: Context, subject: string): Promise<number> {
  const keys = await keysOf(context, subject)
  const kinds = kindsOf(context)
  const { answers, silent } = await ask(context, keys)
  const found = answers.map((checked) => findingsIn(checked, keys, kinds))
  // Another node was asked for the proof alone, not for the statements.
  const isOwn = context.options.text('node') === undefined
  const logs = isOwn ? await Promise.all(found.map((log) => withStatements(context, log))) : found
  const old = staleAmong(logs)
  const exit = silent.length === 0 && old.length === 0 && answers.every(isProved) ? EXIT.done : EXIT.undetermined
  const lines = [...logs.map((log) => describe(log, subject, kinds)), ...old, ...silent.map(silence)]
  context.output.result('about', { subject, logs: logs.map(jsonOf), silent }, lines.join('\n\n'), exit)
  return exit
}

/** Exit 0: in every log asked nothing of these kinds refers to it, and mirrors vouch for that; 1: something does. */
export async function absent(context: Context, subject: string): Promise<number> {
  const keys = await keysOf(context, subject)
  const kinds = kindsOf(context) ?? []
  const { answers, silent } = await ask(context, keys)
  const logs = answers.map((checked) => findingsIn(checked, keys, kinds))
  const present = logs.filter(({ lists }) => lists.length > 0)
  const old = staleAmong(logs)
  const isProvedEverywhere = silent.length === 0 && old.length === 0 && logs.every(({ checked }) => isProved(checked))
  const exit = present.length > 0 ? EXIT.failure : isProvedEverywhere ? EXIT.done : EXIT.undetermined
  const lines = [...logs.map((log) => describe(log, subject, kinds)), ...old]
  const ids = { subject, kinds: kinds.map((kind) => kindName(kind)), absent: exit === EXIT.done }
  const text = [...lines, ...silent.map(silence)].join('\n')
  context.output.result('absent', { ...ids, logs: logs.map(jsonOf), silent }, text, exit)
  return exit
}

export async function prove(context: Context, subject: string): Promise<void> {
  const out = context.options.required('out')
  const keys = await keysOf(context, subject)
  const [origin] = await logsOf(context, 'own')
  if (origin === undefined) throw new LedgerError('USAGE', 'name the log with --log')
  const kinds = (kindsOf(context) ?? []).map((kind) => ` --kind ${kindName(kind)}`).join('')
  const evidence = await readEvidence(context, origin, questionOf(context, keys))
  await writeResult(out, evidence)
  context.output.result(
    'prove',
    { subject, origin, bytes: evidence.length, file: out },
    `What ${printable(origin)} says about ${printable(subject)}, ${evidence.length} bytes, is in ${out}; anyone checks it with\ntally log check ${out} ${printable(subject)}${kinds} --policy policy.txt`,
  )
}

/** Exit 0 when the file proves what it says; 5 when witnesses or mirrors of the policy are missing. */
export async function check(context: Context, file: string, subject: string): Promise<number> {
  const keys = await keysOf(context, subject)
  const policy = await readPolicyText(context.options.required('policy'))
  const bytes = await readInput(file)
  const checked = await inFile(file, PROOF_FILE, () => checkEvidence(bytes, policy))
  const kinds = kindsOf(context)
  const findings = findingsIn(checked, keys, kinds)
  const exit = isProved(checked) ? EXIT.done : EXIT.undetermined
  context.output.result('about', { subject, logs: [jsonOf(findings)] }, describe(findings, subject, kinds), exit)
  return exit
}

/** What log prove writes. */
export const PROOF_FILE = 'a proof, as `tally log prove` writes it'

const checkEvidence = (bytes: Uint8Array, policy: string): Promise<CheckedIndex> =>
  checkIndexEvidence(bytes, policy, { verifier: nativeVerifier, sha256: nativeSha256 })

interface Answers {
  readonly answers: readonly CheckedIndex[]
  /** Logs that nobody named and that have nothing to show yet. */
  readonly silent: readonly { readonly origin: string; readonly reason: string }[]
}

async function ask(context: Context, keys: readonly Hash[]): Promise<Answers> {
  const policyFile = context.options.text('policy')
  if (policyFile === undefined && context.options.text('node') !== undefined)
    throw new LedgerError('USAGE', 'an answer of somebody else is checked against a trust file: add --policy')
  const policy =
    policyFile === undefined ? await openNode(context).readText('policy') : await readPolicyText(policyFile)
  const question = questionOf(context, keys)
  const isNamed = context.options.list('log').length > 0
  if (question.asOf !== undefined && context.options.list('log').length !== 1)
    throw new LedgerError('USAGE', '--as-of is a size of one log: name it with --log')
  const answers: CheckedIndex[] = []
  const silent: { origin: string; reason: string }[] = []
  for (const origin of await logsOf(context, 'all')) {
    try {
      answers.push(await checkEvidence(await readEvidence(context, origin, question), policy))
    } catch (error) {
      const isSilent = error instanceof RemoteError && (error.code === 'NOT_FOUND' || error.code === 'NOT_READY')
      if (isNamed || !isSilent) throw error
      silent.push({ origin, reason: error.message })
    }
  }
  return { answers, silent }
}

function silence({ reason }: { readonly reason: string }): string {
  return `Nothing is proved: ${printable(reason)}.`
}

async function readEvidence(context: Context, origin: string, question: IndexQuestion): Promise<Uint8Array> {
  const address = context.options.text('node')
  if (address === undefined) return openNode(context).proveSubjects(origin, question)
  const { withRemoteNode } = await import('../client/remote-node.ts')
  return withRemoteNode(address, context.options.timeoutMs, (node) => node.proveSubjects(origin, question))
}

/** The logs that are named, or else those of the own node. */
export async function logsOf(context: Context, otherwise: 'own' | 'all'): Promise<readonly string[]> {
  const named = context.options.list('log')
  if (named.length > 0) return named
  if (context.options.text('node') !== undefined)
    throw new LedgerError('USAGE', 'name the logs to ask about with --log')
  const { origin, logs } = await openNode(context).status()
  return otherwise === 'own' ? [origin] : logs.map((log) => log.origin)
}

function questionOf(context: Context, keys: readonly Hash[]): IndexQuestion {
  const relations = kindsOf(context)
  const asOf = context.options.count('asOf')
  return { keys, ...(relations === undefined ? {} : { relations }), ...(asOf === undefined ? {} : { asOf }) }
}

/** @throws LedgerError USAGE */
function kindsOf(context: Context): KindNumber[] | undefined {
  const names = context.options.list('kind')
  if (names.length === 0) return undefined
  return names.map((name) => {
    const kind = kindNumber(name)
    if (kind === undefined)
      throw new LedgerError('USAGE', `"${name}" is no kind of statement`, {
        hint: 'as grant, revocation, usage, claim (docs/formats.md)',
      })
    return kind
  })
}

/** A digest is what a usage or dataset version names; anything else is a statement or party, named or issuing. */
export async function keysOf(context: Context, subject: string): Promise<Hash[]> {
  if (/^[0-9a-f]{64}$/u.test(subject)) return [subjectKey({ type: 2, subject: fromHex(subject) }, nativeSha256)]
  const id = await resolveReference(context, subject)
  return ([1, 3] as const).map((type) => subjectKey({ type, subject: id }, nativeSha256))
}

interface Findings {
  readonly checked: VouchedCheckpoint
  /** The smaller size of the log that the counts are of; undefined: they are of the checkpoint. */
  readonly asOfSize: number | undefined
  readonly lists: readonly FoundList[]
}

interface FoundList {
  readonly kind: string
  readonly isIssuer: boolean
  readonly count: number
  readonly entries: readonly ListItem[]
  /** The first of them, as the own node has them. */
  readonly statements?: readonly FoundStatement[]
}

interface FoundStatement {
  readonly index: number
  readonly id: string
  /** Name of the issuer, or its id. */
  readonly by: string
  /** What it calls itself: a title, a label, a name. */
  readonly title: string
}

/** Adds what the entries are; one is passed over that is not the entry that the proof lists. */
async function withStatements(context: Context, findings: Findings): Promise<Findings> {
  const node = openNode(context)
  const names = await partyNames(node)
  const { origin } = findings.checked
  const statementAt = async ({ index, leafHash: listed }: ListItem): Promise<FoundStatement[]> => {
    for await (const item of node.list({ origin, from: index, limit: 1 })) {
      if (item.index !== index || !equalBytes(leafHash(fromBase64(item.statement), nativeSha256), listed)) return []
      const payload = payloadOf(item)
      const title = ['title', 'label', 'name'].map((key) => fieldText(payload, key)).find((text) => text !== '') ?? ''
      return [{ index, id: item.id, by: names.get(item.iss) ?? item.iss, title }]
    }
    return []
  }
  const lists: FoundList[] = []
  for (const list of findings.lists) {
    const statements: FoundStatement[] = []
    for (const entry of list.entries.slice(0, SHOWN_ENTRIES)) statements.push(...(await statementAt(entry)))
    lists.push({ ...list, statements })
  }
  return { ...findings, lists }
}

function findingsIn(checked: CheckedIndex, keys: readonly Hash[], kinds: readonly KindNumber[] | undefined): Findings {
  const { index } = checked
  const asOfSize = index.olderSize
  const lists = keys.flatMap((key, i) =>
    [...(index.record(key) ?? [])]
      .filter(([relation]) => kinds === undefined || kinds.some((kind) => kind === relation))
      .map(([relation, { count }]) => ({
        kind: kindName(relation as KindNumber) ?? `kind ${relation}`,
        isIssuer: i === 1,
        count: asOfSize === undefined ? count : index.countAsOfOlder(key, relation),
        entries: index.holdsList(key, relation) ? index.list(key, relation) : [],
      })),
  )
  return { checked, asOfSize, lists: lists.filter(({ count }) => count > 0) }
}

/** A quorum dates it, and mirrors recomputed the index. */
export function isProved({ asOf, isVouchedFor }: VouchedCheckpoint): boolean {
  return asOf !== undefined && isVouchedFor
}

function describe(
  { checked, asOfSize, lists }: Findings,
  subject: string,
  kinds: readonly KindNumber[] | undefined,
): string {
  const rows = lists.map(({ kind, isIssuer, count, entries }) => {
    const shown = entries.slice(0, SHOWN_ENTRIES).map((entry) => entry.index)
    const more = entries.length > SHOWN_ENTRIES ? `, ... ${entries.length - SHOWN_ENTRIES} more` : ''
    return [
      `  ${kind}`,
      isIssuer ? 'issued by it' : 'refers to it',
      String(count),
      entries.length === 0 ? '' : `no. ${shown.join(', ')}${more}`,
    ]
  })
  const statements = lists.flatMap(({ kind, statements: known = [] }) =>
    known.map(({ index, id, by, title }) => [`  no. ${index}`, kind, printable(title), `by ${printable(by)}`, id]),
  )
  const when = asOfSize === undefined ? '' : ` When it had ${asOfSize} entries:`
  if (rows.length === 0) {
    const what = kinds === undefined ? 'Nothing' : `No ${kinds.map((kind) => kindName(kind)).join(' or ')}`
    // One kind has a plural for a name: terms.
    const refers = what.endsWith('s') ? 'refer' : 'refers'
    const early = asOfSize === undefined ? '' : ` when it had ${asOfSize} entries`
    return `${what} ${refers} to ${printable(subject)} in ${place(checked)}${early}.`
  }
  const listed = statements.length === 0 ? '' : `\n\n${formatTable(statements)}`
  return `About ${printable(subject)} in ${place(checked)}:${when}\n${formatTable(rows)}${listed}`
}

/** A sentence for each log that may have grown since. */
function staleAmong(logs: readonly Findings[]): string[] {
  const at = now()
  return logs
    .filter(({ checked }) => isStale(checked, at))
    .map(
      ({ checked }) =>
        `Older than your policy allows: ${printable(checked.origin)} may have been added to since. Ask again when it is witnessed.`,
    )
}

function isStale({ asOf, maxStalenessSeconds }: VouchedCheckpoint, at: number): boolean {
  return asOf !== undefined && at - asOf > maxStalenessSeconds
}

export function place({ origin, size, asOf, mirrors, isVouchedFor }: VouchedCheckpoint): string {
  const time = asOf === undefined ? 'NOT witnessed by your quorum' : `witnessed until ${formatTime(asOf)}`
  const vouched = isVouchedFor
    ? `vouched for by ${mirrors.length} ${mirrors.length === 1 ? 'mirror' : 'mirrors'}`
    : 'NOT vouched for by the mirrors of your policy: something could be left out'
  return `${printable(origin)} (${size} entries, ${time}, ${vouched})`
}

function jsonOf({ checked, asOfSize, lists }: Findings): JsonObject {
  const shown = lists.map(({ entries, statements, ...list }) => ({
    ...list,
    entries: entries.map(({ index }) => index),
    ...(statements === undefined ? {} : { statements: statements.map((statement) => ({ ...statement })) }),
  }))
  return { ...checkpointJson(checked), ...(asOfSize === undefined ? {} : { asOfSize }), lists: shown }
}

export function checkpointJson(checked: VouchedCheckpoint): JsonObject {
  const { origin, size, asOf, cosigners, mirrors, isVouchedFor } = checked
  return { origin, size, asOf: asOf ?? null, cosigners, mirrors, isVouchedFor }
}
