/**
 * Handing a signed statement to a node, the own one over its control socket or any over libp2p, and telling what came
 * of it. Submitting the same statement again gives the same receipt; signing it again makes another statement.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cidOf } from '../encoding/cid.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
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

/**
 * Submits what was signed just now and is in no file. Where no answer comes it may be recorded all the same, and whoever gave
 * the command again would sign a second one: it is kept, to be submitted once more.
 */
export async function submitSigned(context: Context, statement: Uint8Array): Promise<Accepted> {
  try {
    return await submitStatement(context, statement)
  } catch (error) {
    if (!isLedgerError(error, 'PEER_TIMEOUT') && !isLedgerError(error, 'PEER_UNREACHABLE')) throw error
    const folder = join(context.home, 'unanswered')
    const path = join(folder, `${cidOf(statement)}.cose`)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeResult(path, statement)
    throw new LedgerError(error.code, `${error.message}; the signed statement is in ${path}`, {
      cause: error,
      hint: `it may be recorded all the same, so do not sign another one: tally submit ${path}`,
    })
  }
}

/** Submits what was signed just now and prints the receipt's sentence; saves the receipt where --receipt says. */
export async function submitAndReport(context: Context, statement: Uint8Array): Promise<number> {
  return report(context, await submitSigned(context, statement), context.options.text('receipt'))
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
