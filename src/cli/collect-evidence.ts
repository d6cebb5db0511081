/**
 * Evidence for a question, from the node of this home or, with --node, from any.
 */
import type { EvidenceRequest } from '../evidence/evidence-request.ts'
import type { Context } from './context.ts'
import { LedgerError } from '../errors.ts'
import { readPolicyText } from './files.ts'

/** @returns the bundle's CAR bytes; nothing in them is believed before it is verified */
export async function collectEvidence(context: Context, request: EvidenceRequest): Promise<Uint8Array> {
  const address = context.options.text('node')
  if (address === undefined) {
    const { openNode } = await import('./listing.ts')
    return openNode(context).collect(request)
  }
  const { withRemoteNode } = await import('../client/remote-node.ts')
  return withRemoteNode(address, context.options.timeoutMs, (node) => node.collect(request))
}

/**
 * The trust file: --policy, else the one given, else that of the own node, which trusts the network it is part of.
 *
 * @throws LedgerError USAGE where a stranger's evidence would be judged by nobody's policy
 */
export async function trustFile(context: Context, given?: string): Promise<string> {
  const named = context.options.text('policy') ?? given
  if (named !== undefined) return readPolicyText(named)
  if (context.options.text('node') !== undefined)
    throw new LedgerError('USAGE', 'whose word counts? With --node the flag --policy is needed', {
      hint: 'a node never brings its own trust; ask those you trust for their vkeys, or run `tally policy` on your node',
    })
  const { openNode } = await import('./listing.ts')
  return openNode(context).readText('policy')
}
