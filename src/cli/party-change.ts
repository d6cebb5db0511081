/**
 * Changes to a party: profile, delegates, keys; and the rotation of a key, whose files change only when the change is
 * recorded.
 */
import { rename } from 'node:fs/promises'
import { sha256 } from '@noble/hashes/sha2.js'
import { LedgerError } from '../errors.ts'
import { keyThumbprint, parseDidKey } from '../signing/key.ts'
import type { Context } from './context.ts'
import { chooseProtection, createKeyFile, openKeyFile, readKeyFile } from './key-file.ts'
import { openNode, payloadOf } from './listing.ts'
import { exists, resolveReference } from './reference.ts'
import { sign, signAs } from './sign.ts'
import { NEXT_KEY_SUFFIX, chooseKey, partyOf } from './signing-key.ts'
import { report, submitSigned } from './submission.ts'
import { now } from './time-input.ts'

export async function updateParty(context: Context): Promise<number> {
  const { options } = context
  const key = await chooseKey(context)
  const iss = await partyOf(context, key)
  const payload: Record<string, unknown> = { prev: await newestUpdate(context, iss) }
  const profile: Record<string, string> = {}
  for (const field of ['name', 'country', 'type'] as const) {
    const value = options.text(field)
    if (value !== undefined) profile[field] = value
  }
  if (Object.keys(profile).length > 0) payload['profile'] = profile
  if (options.list('addKey').length > 0) payload['add'] = options.list('addKey').map(parseDidKey)
  if (options.list('revokeKey').length > 0)
    payload['revoke'] = options.list('revokeKey').map((text) => keyThumbprint(parseDidKey(text)))
  if (options.list('delegate').length > 0)
    payload['delegates'] = await Promise.all(options.list('delegate').map((text) => parseDelegate(context, text)))
  if (Object.keys(payload).length === 1)
    throw new LedgerError('USAGE', 'nothing to change was named', { hint: 'see tally party update --help' })
  const sentence = `The party of key "${key.name}" changes: ${Object.keys(payload)
    .filter((name) => name !== 'prev')
    .join(', ')}.`
  return signAs(context, { kind: 4, payload, sentence, isIrreversible: true }, key, iss)
}

/** Adds the announced key, revokes the present one, announces a new next key. */
export async function rotateParty(context: Context): Promise<number> {
  if (context.options.text('out') !== undefined) {
    throw new LedgerError(
      'USAGE',
      'a rotation needs a node: the key files change when it is recorded, so -o cannot be used here',
    )
  }
  const key = await chooseKey(context)
  const iss = await partyOf(context, key)
  const stem = key.path.replace(/\.key$/u, '')
  const next = await readKeyFile(`${stem}${NEXT_KEY_SUFFIX}.key`)
  const prev = await newestUpdate(context, iss)
  // Opened before anything is signed: a next key whose passphrase is lost must not become the only key.
  await openKeyFile(context, next.path)
  // Left there by an attempt that was not recorded; it was announced nowhere, so a new one takes its place by name.
  const afterPath = await freshPath(`${stem}.after-next`)
  const isDryRun = context.options.isSet('dryRun')
  const after = isDryRun ? undefined : await createKeyFile(afterPath, await chooseProtection(context, 'the next key'))
  const payload = {
    prev,
    add: [parseDidKey(next.publicKey)],
    revoke: [keyThumbprint(key.publicKey)],
    ...(after === undefined ? {} : { next: [sha256(after.publicKey)] }),
  }
  const sentence = `Key "${key.name}" ends and ${next.publicKey} takes its place.`
  const signed = await sign(context, { kind: 4, payload, sentence, isIrreversible: true }, key, iss)
  if (signed === undefined) return 0
  const accepted = await submitSigned(context, signed)
  // Recorded. A crash between these renames leaves every key on disk under one of its names.
  await rename(key.path, `${stem}.retired-${now()}.key`)
  await rename(next.path, key.path)
  await rename(afterPath, next.path)
  context.output.progress(`${key.path} is the new key; move ${next.path} offline`)
  return report(context, accepted, context.options.text('receipt'))
}

async function freshPath(stem: string): Promise<string> {
  for (let i = 1; ; i++) if (!(await exists(`${stem}-${i}.key`))) return `${stem}-${i}.key`
}

/** The end of the party's chain of updates: --prev, else as the node knows it. */
async function newestUpdate(context: Context, party: string): Promise<string> {
  const named = context.options.text('prev')
  if (named !== undefined) return resolveReference(context, named)
  if (context.options.text('node') !== undefined)
    throw new LedgerError('USAGE', 'the flag --prev is needed with --node')
  const followers = new Map<string, string>()
  for await (const item of openNode(context).list({ kind: 4 })) {
    const { prev } = payloadOf(item)
    if (item.iss === party && typeof prev === 'string') followers.set(prev, item.id)
  }
  let newest = party
  for (let next = followers.get(newest); next !== undefined; next = followers.get(newest)) {
    followers.delete(newest)
    newest = next
  }
  return newest
}

async function parseDelegate(context: Context, text: string): Promise<{ party: string; rights: string[] }> {
  const [party = '', rights = ''] = text.split(':')
  if (rights === '')
    throw new LedgerError('USAGE', `--delegate takes PARTY:RIGHTS, such as bafkrei...:grant,revocation, not "${text}"`)
  return { party: await resolveReference(context, party), rights: rights.split(',') }
}
