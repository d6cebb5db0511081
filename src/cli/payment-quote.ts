/**
 * What a buyer owes under a grant, line by line, from its terms and the acceptance: the owner, or its split, receives the
 * whole price; the platform's fee comes on top.
 */
import { fromBase64 } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import { decodeStatement } from '../statement/envelope.ts'
import type { Statement } from '../statement/envelope.ts'
import type { PaymentLine } from '../statement/payment.ts'
import { isReadable } from '../statement/terms.ts'
import { owedPrice, splitPrice } from '../terms/fee.ts'
import type { Context } from './context.ts'
import { openNode } from './listing.ts'
import { resolveReference } from './reference.ts'
import { partyNames } from './listing.ts'

export interface Quote {
  readonly lines: readonly PaymentLine[]
}

/** @throws LedgerError NOT_FOUND, USAGE where the terms leave the price to an acceptance that named no total */
export async function quote(context: Context, grant: CidText): Promise<Quote> {
  const node = openNode(context)
  const read = async (id: string): Promise<Statement> =>
    decodeStatement(fromBase64((await node.readStatement(id)).statement))
  const granted = await read(grant)
  if (granted.kind !== 9) throw new LedgerError('NOT_FOUND', `${grant} is no grant`)
  const terms = await read(granted.payload.terms)
  if (terms.kind !== 7 || !isReadable(terms.payload))
    throw new LedgerError('PROFILE_UNSUPPORTED', `the terms ${granted.payload.terms} are in no language known here`)
  const { price, split, lineage } = terms.payload
  const dataset = await read(lineage)
  if (dataset.kind !== 5) throw new LedgerError('NOT_FOUND', `${lineage} is no dataset`)
  let total: number | undefined
  for await (const item of node.list({ kind: 10, about: grant })) {
    const acceptance = decodeStatement(fromBase64(item.statement))
    if (acceptance.kind === 10) total ??= acceptance.payload.total
  }
  const owed =
    price === undefined ? { amount: 0, fee: 0 } : owedPrice(price, total, granted.payload.versions?.length ?? 1)
  if (owed === undefined)
    throw new LedgerError('USAGE', 'the terms leave the price open, and no acceptance names a total', {
      hint: 'accept the grant with --total, or say what was paid with --line',
    })
  if (price === undefined || owed.amount + owed.fee === 0) return { lines: [] }
  const currency = price.currency ?? ''
  const lines: PaymentLine[] = splitPrice(owed.amount, split, dataset.payload.owner).map(({ to, amount }) => ({
    to,
    amount,
    currency,
    role: 'owner',
  }))
  if (price.platform !== undefined && owed.fee > 0)
    lines.push({ to: price.platform.party, amount: owed.fee, currency, role: 'platform' })
  return { lines: lines.filter(({ amount }) => amount > 0) }
}

export async function printQuote(context: Context, reference: string): Promise<void> {
  const grant = await resolveReference(context, reference)
  const { lines } = await quote(context, grant)
  const names = await partyNames(openNode(context))
  const text = lines.map(
    ({ to, amount, currency, role }) => `${amount} ${currency} (minor units) to ${names.get(to) ?? to}, the ${role}`,
  )
  context.output.result(
    'payment-quote',
    { grant, lines: lines.map(({ to, amount, currency, role }) => ({ to, amount, currency, role })) },
    text.length === 0 ? 'Nothing is owed for this grant.' : text.join('\n'),
  )
}
