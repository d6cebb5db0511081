/** `tally payment quote|record|receipt|refund|show|list`: what was paid under a grant, and what its payees say. */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'
import { addFields, readFields } from '../fields.ts'
import type { Field } from '../fields.ts'
import { addListFlags, repeated } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

const RECORD: readonly Field[] = [
  { flag: 'rail', as: 'text', says: 'how the money went, such as SEPA or M-Pesa' },
  { flag: 'reference', as: 'digest', says: "SHA-256 over a salt and the rail's own reference" },
]
const RECEIPT: readonly Field[] = [{ flag: 'received-at', as: 'time', says: 'when it arrived' }]

export function configure(command: Command, act: Act): void {
  command
    .command('quote <grant>')
    .description('what the terms of a grant ask for: the owner all of the price, the platform its share on top')
    .action(act(async (context, [grant = '']) => (await import('../payment-quote.ts')).printQuote(context, grant)))
  addFields(command.command('record <grant>'), RECORD)
    .description('say that you paid; without --line exactly what `quote` says. The ledger moves no money')
    .option('--line <party:amount:currency[:role]>', 'minor units; may be repeated', repeated)
    .action(act((context, [grant = '']) => record(context, grant)))
  addFields(command.command('receipt <payment>'), RECEIPT)
    .description('say what you received of a payment')
    .requiredOption('--amount <amount:currency>', 'minor units, such as 100000:USD; may be repeated', repeated)
    .action(act((context, [payment = '']) => receipt(context, payment, 1)))
  addFields(command.command('refund <payment>'), RECEIPT)
    .description('say that you gave money back')
    .requiredOption('--amount <amount:currency>', 'minor units; may be repeated', repeated)
    .action(act((context, [payment = '']) => receipt(context, payment, -1)))
  command
    .command('show <id>')
    .description('a payment, and its receipts')
    .action(
      act(async (context, [id = '']) =>
        (await import('../listing.ts')).printStatement(context, id, describe, [11, 12]),
      ),
    )
  addListFlags(command.command('list'))
    .description('payments in the logs held here')
    .action(act(async (context) => (await import('../listing.ts')).printList(context, 11, describe)))
}

function describe(payload: JsonObject): string {
  const lines = payload['lines']
  const parts = Array.isArray(lines)
    ? lines.map((line) => {
        const { amount, currency, role } = line as JsonObject
        return `${asText(amount)} ${asText(currency)}${role === undefined ? '' : ` to the ${asText(role)}`}`
      })
    : []
  return `payment of ${parts.join(', ')}`
}

async function record(context: Context, reference: string): Promise<number> {
  const { resolveReference } = await import('../reference.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const grant = await resolveReference(context, reference)
  const payload = await readFields(context, RECORD, undefined)
  const given = context.options.list('line')
  payload['grant'] = grant
  payload['lines'] =
    given.length > 0
      ? await Promise.all(given.map((line) => parseLine(context, line)))
      : (await (await import('../payment-quote.ts')).quote(context, grant)).lines
  const sentence = `Paid under grant ${grant}: ${describe(payload as JsonObject)}.`
  return signAndSubmit(context, { kind: 11, payload, sentence, isIrreversible: false })
}

async function parseLine(
  context: Context,
  text: string,
): Promise<{ to: string; amount: number; currency: string; role: string }> {
  const { resolveReference } = await import('../reference.ts')
  const [to = '', amount = '', currency = '', role = 'owner', extra] = text.split(':')
  if (extra !== undefined || !/^[1-9]\d{0,14}$/u.test(amount) || currency === '')
    throw new LedgerError('USAGE', `--line takes PARTY:AMOUNT:CURRENCY or PARTY:AMOUNT:CURRENCY:ROLE, not "${text}"`)
  return { to: await resolveReference(context, to), amount: Number(amount), currency, role }
}

async function receipt(context: Context, reference: string, sign: 1 | -1): Promise<number> {
  const { resolveReference } = await import('../reference.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const payment = await resolveReference(context, reference)
  const payload = await readFields(context, RECEIPT, undefined)
  payload['payment'] = payment
  payload['lines'] = context.options.list('amount').map((text) => {
    const [amount = '', currency = '', extra] = text.split(':')
    if (extra !== undefined || !/^[1-9]\d{0,14}$/u.test(amount) || currency === '')
      throw new LedgerError('USAGE', `--amount takes AMOUNT:CURRENCY in minor units, such as 100000:USD, not "${text}"`)
    return { amount: sign * Number(amount), currency }
  })
  const verb = sign === 1 ? 'received of' : 'given back of'
  const sentence = `${context.options.list('amount').join(', ')} were ${verb} payment ${payment}.`
  return signAndSubmit(context, { kind: 12, payload, sentence, isIrreversible: false })
}
