/**
 * `tally consent seal|check`. The records stay with the steward; this program reads them once and writes receipts.
 */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64, toHex } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { sealConsents, verifyConsentReceipt } from '../consent/consent-receipt.ts'
import { decodeStatement } from '../statement/envelope.ts'
import type { Context } from './context.ts'
import { readInputText, writeSecret } from './files.ts'
import { malformedAs, readJson } from './json-file.ts'

const MAX_RECORDS_BYTES = 256 << 20
const MAX_RECEIPT_BYTES = 1 << 20
const notReceipt = malformedAs('CONSENT_RECEIPT_INVALID', 'a receipt is one of the files that tally consent seal wrote')

export async function sealRecords(context: Context, file: string): Promise<void> {
  const folder = context.options.required('outDir')
  const records = (await readInputText(file, MAX_RECORDS_BYTES)).split('\n').filter((line) => line.trim() !== '')
  if (records.length === 0) throw new LedgerError('USAGE', `${file} holds no record`)
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw new LedgerError('FILE_EXISTS', `${folder} is already there`, {
      cause,
      hint: 'name a new folder with --out-dir',
    })
  }
  const { root, receipts } = sealConsents(records.map((record) => ({ record, salt: new Uint8Array(randomBytes(32)) })))
  const digits = String(receipts.length).length
  for (const [i, receipt] of receipts.entries()) {
    const name = `${String(i + 1).padStart(digits, '0')}.json`
    await writeSecret(join(folder, name), encodeUtf8(`${JSON.stringify(receipt, undefined, 2)}\n`))
  }
  context.output.result(
    'consent-seal',
    { folder, count: receipts.length, root: toHex(root) },
    `${receipts.length} receipts in ${folder}: the first line's is ${'1'.padStart(digits, '0')}.json.\n` +
      `Name the root in the version's file:\n  consent: { count: ${receipts.length}, root: '${toHex(root)}' }`,
  )
}

export async function checkReceipt(context: Context, file: string): Promise<void> {
  const { options, output } = context
  const value = await readJson(file, MAX_RECEIPT_BYTES, notReceipt)
  const { record, root, count } = verifyConsentReceipt(value)
  const version = options.text('version')
  const found = version === undefined ? undefined : await rootOfVersion(context, version)
  if (found !== undefined && found.root !== root)
    throw new LedgerError('CONSENT_RECEIPT_INVALID', `version "${found.label}" names another root`, {
      hint: 'the receipt is of another version, or not of this dataset',
    })
  const where =
    found === undefined
      ? 'Whether a published version names this root: add --version ID.'
      : `Version "${found.label}" names it.`
  output.result(
    'consent-check',
    { holds: true, root, count, ...(version === undefined ? {} : { version }), record },
    `The receipt holds: this record is one of ${count} under the root ${root}.\n${where}\n${record}`,
  )
}

async function rootOfVersion(
  context: Context,
  reference: string,
): Promise<{ label: string; root: string | undefined }> {
  const { openNode } = await import('./listing.ts')
  const { resolveReference } = await import('./reference.ts')
  const id = await resolveReference(context, reference)
  const statement = decodeStatement(fromBase64((await openNode(context).readStatement(id)).statement))
  if (statement.kind !== 6) throw new LedgerError('NOT_FOUND', `${id} is no dataset version`)
  const { label, consent } = statement.payload
  return { label, root: consent?.root === undefined ? undefined : toHex(consent.root) }
}
