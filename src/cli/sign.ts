/**
 * The one way a statement comes about: show what it says, ask before what cannot be undone, sign, then hand it to a
 * node or write it to a file.
 */
import { cidOf } from '../encoding/cid.ts'
import { decodeCbor } from '../encoding/cbor.ts'
import { LedgerError } from '../errors.ts'
import { cborToJson } from '../http/control-json.ts'
import { prepareStatement, signStatement } from '../statement/envelope.ts'
import { kindName } from '../statement/kind.ts'
import { type PayloadByKind, type ReadKind, payloadSchema } from '../statement/payload.ts'
import type { Context } from './context.ts'
import { writeResult } from './files.ts'
import { checkNamed } from './named-statements.ts'
import { chooseKey, partyOf } from './signing-key.ts'
import type { SigningKey } from './signing-key.ts'
import { submitAndReport } from './submission.ts'
import { printable, printableLines } from './terminal-text.ts'
import { ask } from './terminal.ts'

export interface Draft<K extends ReadKind> {
  kind: K
  /** From flags and files: the schema of the kind has the last word. */
  payload: Record<string, unknown>
  /** What the signature says, for the person who signs: "<party> ...". */
  sentence: string
  /** Asked before signing unless --yes: what others may act on at once and no later statement takes back. */
  isIrreversible: boolean
}

/** Signs a draft with the chosen key, then submits it, or writes it where -o says. Returns the exit code. */
export async function signAndSubmit<K extends ReadKind>(context: Context, draft: Draft<K>): Promise<number> {
  const key = await chooseKey(context)
  const iss = await partyOf(context, key)
  return signAs(context, draft, key, iss)
}

/**
 * As {@link signAndSubmit}, with key and issuer given.
 *
 * @param whenSigned does what the statement says was done, before anybody is told
 */
export async function signAs<K extends ReadKind>(
  context: Context,
  draft: Draft<K>,
  key: SigningKey,
  iss: string,
  whenSigned?: () => Promise<void>,
): Promise<number> {
  const signed = await sign(context, draft, key, iss)
  if (signed === undefined) return 0
  await whenSigned?.()
  const out = context.options.text('out')
  if (out === undefined) return submitAndReport(context, signed)
  await writeResult(out, signed)
  const id = cidOf(signed)
  context.output.result(
    'statement',
    { id, kind: kindName(draft.kind), file: out },
    `Signed and written to ${out}; hand it to a node with: tally submit ${out}\n${id}`,
  )
  return 0
}

/** The signed bytes; undefined when --dry-run showed them instead. @throws LedgerError SCHEMA_INVALID, USAGE, NOT_FOUND */
export async function sign<K extends ReadKind>(
  context: Context,
  draft: Draft<K>,
  key: SigningKey,
  iss: string,
): Promise<Uint8Array | undefined> {
  assertComplete(context, draft)
  const prepared = prepareStatement(draft.kind, draft.payload as unknown as PayloadByKind[K], { iss }, key.publicKey)
  const payload = cborToJson(decodeCbor(prepared.payloadBytes))
  const sentence = await checkNamed(context, draft)
  if (context.options.isSet('dryRun')) {
    const shown = `${printable(sentence)}\n${JSON.stringify(payload, undefined, 2)}\nNothing was signed (--dry-run).`
    context.output.result('dry-run', { kind: kindName(draft.kind), iss, sub: prepared.sub, payload, sentence }, shown)
    return undefined
  }
  if (draft.isIrreversible) await confirm(context, sentence)
  else context.output.progress(`signing: ${printable(sentence)}`)
  return signStatement(prepared, await key.open())
}

/** Of fields that the flags call otherwise. */
const OTHER_FLAGS: Readonly<Record<string, string>> = { lineage: 'dataset', actions: 'use' }

/** All that is missing at once, and as whoever types it knows it: by its flag. */
function assertComplete<K extends ReadKind>({ options }: Context, { kind, payload }: Draft<K>): void {
  const missing = (payloadSchema(kind).required ?? []).filter((key) => payload[key] === undefined)
  if (missing.length === 0) return
  const flags = missing.flatMap((key) => options.flagFor(key) ?? options.flagFor(OTHER_FLAGS[key] ?? key) ?? [])
  const ways = [
    ...(flags.length === missing.length ? [`add ${flags.join(', ')}`] : []),
    ...(options.takesFile ? [`give the command a YAML file with ${missing.map((key) => `"${key}"`).join(', ')}`] : []),
  ]
  const message = `the ${kindName(kind)} lacks ${missing.join(', ')}`
  throw new LedgerError('SCHEMA_INVALID', message, ways.length === 0 ? {} : { hint: ways.join(', or ') })
}

const KEPT_FOR_EVER = 'This will be kept for ever and cannot be taken back:'

/**
 * @param warning what makes the act one to think about
 * @throws LedgerError USAGE when nobody can be asked or the answer is no
 */
export async function confirm(context: Context, sentence: string, warning: string = KEPT_FOR_EVER): Promise<void> {
  if (context.options.isSet('yes')) {
    context.output.progress(printable(sentence))
    return
  }
  const answer = await ask(printableLines(`${warning}\n  ${printable(sentence)}\nType yes to go on:`), false)
  if (answer === undefined) {
    throw new LedgerError(
      'USAGE',
      `this needs a confirmation and there is no terminal to ask at: ${printable(sentence)}`,
      {
        hint: 'add --yes if that is what you want',
      },
    )
  }
  if (answer.trim().toLowerCase() !== 'yes') throw new LedgerError('USAGE', 'not confirmed; nothing was done')
}
