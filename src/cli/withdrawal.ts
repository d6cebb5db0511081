/**
 * Tags of contributors who withdrew: made by the steward, matched by holders, each on their own machine.
 */
import { randomBytes } from 'node:crypto'
import { fromBase64, fromHex, toHex } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { commitTags, withdrawalTag } from '../consent/withdrawal-tag.ts'
import { decodeStatement } from '../statement/envelope.ts'
import type { Context } from './context.ts'
import { readInputText, writeResult, writeSecret } from './files.ts'
import { openNode } from './listing.ts'
import { resolveReference } from './reference.ts'

const MAX_LIST_BYTES = 256 << 20

export async function newKey(context: Context): Promise<void> {
  const out = context.options.required('out')
  await writeSecret(out, encodeUtf8(`${randomBytes(32).toString('hex')}\n`))
  context.output.result(
    'withdrawal-key',
    { file: out },
    `${out} is written. Put it into the archive of the version, and keep a copy: without it nobody can be found again.`,
  )
}

/** Writes tags, one a line, in the order of the bytes, so that the order of the ids is lost. */
export async function makeTags(context: Context, idsFile: string): Promise<void> {
  const key = await readKey(context.options.required('tagKey'))
  const tags = (await linesOf(idsFile)).map((id) => toHex(withdrawalTag(key, id)))
  const text = `${[...new Set(tags)].sort().join('\n')}\n`
  const out = context.options.text('out')
  if (out === undefined) context.output.raw(text)
  else {
    await writeResult(out, encodeUtf8(text))
    context.output.result('withdrawal-tags', { file: out, count: tags.length }, `${tags.length} tags in ${out}`)
  }
}

export async function commitmentOf(tagsFile: string): Promise<{ count: number; commitment: Uint8Array }> {
  return commitTags(await readTags(tagsFile))
}

export async function nextSequence(context: Context, lineage: string): Promise<number> {
  if (context.options.text('node') !== undefined || context.options.text('out') !== undefined)
    throw new LedgerError('USAGE', 'the flag --sequence is needed where the own node is not asked')
  let last = 0
  for await (const item of openNode(context).list({ kind: 18, about: lineage })) {
    const statement = decodeStatement(fromBase64(item.statement))
    if (statement.kind === 18) last = Math.max(last, statement.payload.sequence)
  }
  return last + 1
}

export async function matchTags(context: Context, idsFile: string): Promise<void> {
  const { options, output } = context
  const key = await readKey(options.required('tagKey'))
  const tags = await readTags(options.required('tags'))
  const withdrawal = options.text('withdrawal')
  if (withdrawal !== undefined) await checkCommitment(context, withdrawal, tags)
  const wanted = new Set(tags.map(toHex))
  const matched = (await linesOf(idsFile)).filter((id) => wanted.has(toHex(withdrawalTag(key, id))))
  output.result(
    'withdrawal-match',
    { matched, of: wanted.size },
    matched.length === 0 ? 'None of these contributors is in the batch.' : matched.join('\n'),
  )
}

async function checkCommitment(context: Context, reference: string, tags: readonly Uint8Array[]): Promise<void> {
  const id = await resolveReference(context, reference)
  const statement = decodeStatement(fromBase64((await openNode(context).readStatement(id)).statement))
  if (statement.kind !== 18) throw new LedgerError('NOT_FOUND', `${id} is no withdrawal`)
  const { count, commitment } = commitTags(tags)
  if (count === statement.payload.count && toHex(commitment) === toHex(statement.payload.commitment)) return
  throw new LedgerError('DATASET_MISMATCH', `these are not the tags that withdrawal ${id} commits to`, {
    hint: 'ask the owner for the tags of this batch',
  })
}

async function readKey(path: string): Promise<Uint8Array> {
  const text = (await readInputText(path)).trim()
  if (!/^[0-9a-f]{64}$/u.test(text)) throw new LedgerError('KEY_MALFORMED', `${path} is no key of 64 hex digits`)
  return fromHex(text)
}

async function readTags(path: string): Promise<Uint8Array[]> {
  const lines = await linesOf(path)
  const strange = lines.find((line) => !/^[0-9a-f]{64}$/u.test(line))
  if (strange !== undefined)
    throw new LedgerError('HEX_MALFORMED', `${path}: "${strange.slice(0, 80)}" is no tag of 64 hex digits`, {
      hint: 'ids are turned into tags with: tally withdrawal tags',
    })
  if (lines.length === 0) throw new LedgerError('USAGE', `${path} holds no tag`)
  return lines.map(fromHex)
}

async function linesOf(path: string): Promise<string[]> {
  return (await readInputText(path, MAX_LIST_BYTES))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
