/**
 * Handing a signed statement to a node, the own one over its control socket or any over libp2p, and telling what came
 * of it. Submitting the same statement again gives the same receipt, so every failure here is safe to retry.
 */
import type { SubmitOptions } from '../node/api.ts'
import type { Context } from './context.ts'
import { controlClient } from './control-client.ts'
import type { Accepted } from './control-client.ts'
import { EXIT } from './exit-codes.ts'
import { writeResult } from './files.ts'
import { receiptSentence, receiptSummary } from './receipt-sentence.ts'

export async function submitStatement(context: Context, statement: Uint8Array): Promise<Accepted> {
  const options: SubmitOptions = { wait: context.options.wait, timeoutMs: context.options.timeoutMs }
  const address = context.options.text('node')
  if (address === undefined) return controlClient(context.home, options.timeoutMs).submit(statement, options)
  const { withRemoteNode } = await import('../client/remote-node.ts')
  return withRemoteNode(address, options.timeoutMs, (node) => node.submit(statement, options))
}

/** Submits and prints the receipt's sentence; saves the receipt where --receipt says. */
export async function submitAndReport(context: Context, statement: Uint8Array): Promise<number> {
  return report(context, await submitStatement(context, statement), context.options.text('receipt'))
}

/** @param receiptFile where the COSE receipt goes */
export async function report(context: Context, accepted: Accepted, receiptFile: string | undefined): Promise<number> {
  if (accepted.state === 'logged') {
    const text = `Logged in ${accepted.origin}, not yet seen by enough witnesses; the receipt follows: tally log proof ${accepted.id}\n${accepted.id}`
    // Whoever says in so many words that the receipt matters has to see that it did not come.
    const exit = context.options.text('wait') === 'witnessed' ? EXIT.unreachable : EXIT.done
    if (receiptFile !== undefined) context.output.warn(`there is no receipt yet, so ${receiptFile} was not written`)
    context.output.result('submit', { state: 'logged', id: accepted.id, origin: accepted.origin }, text, exit)
    return exit
  }
  if (receiptFile !== undefined) await writeResult(receiptFile, accepted.receipt)
  context.output.result('submit', receiptSummary(accepted), `${receiptSentence(accepted)}\n${accepted.id}`)
  return 0
}
