/** Answers issuers that run no node: statements in, receipts out, evidence on request. */
import { cidOf, isCid, parseCid } from '../encoding/cid.ts'
import { isLedgerError } from '../errors.ts'
import { decodeIntendedUsage, type EvidenceRequest } from '../evidence/evidence-request.ts'
import { serve, serveStream } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { MAX_PAGE_BYTES } from '../network/limits.ts'
import { type EvidenceQuestion, evidenceExchange } from '../network/messages/evidence.ts'
import { receiptExchange } from '../network/messages/receipt.ts'
import { submitExchange, type SubmitOutcome } from '../network/messages/submit.ts'
import { refusalError } from '../network/refusal.ts'
import type { Question } from '../terms/view.ts'
import type { NodeApi, SubmitOptions } from './api.ts'

export async function serveSubmit(host: Host, api: Pick<NodeApi, 'submit' | 'readReceipt' | 'collect'>): Promise<void> {
  await serve(host, submitExchange, async ({ statements, wait, timeoutMs }) => ({
    outcomes: await Promise.all(statements.map((bytes) => outcomeOf(api, bytes, { wait, timeoutMs }))),
  }))
  await serve(host, receiptExchange, ({ id }) => {
    const receipt = isCid(id) ? api.readReceipt(id) : undefined
    if (receipt === undefined) throw refusalError({ kind: 'not-available' })
    return { receipt: receipt.receipt, note: receipt.note, index: receipt.index, origin: receipt.origin }
  })
  await serveStream(host, evidenceExchange, async (asked) => {
    const question = questionOf(asked)
    if (question === undefined)
      throw refusalError({ kind: 'invalid', message: 'a question names a use, a claim, a model or grants' })
    const { whole, user, usage } = asked
    const base: EvidenceRequest = { question, ...(whole === true ? { form: 'whole' } : {}) }
    if (user === undefined || usage === undefined) return pagesOf(await api.collect(base))
    const intended = { user: parseCid(user), usage: decodeIntendedUsage(usage) }
    return pagesOf(await api.collect({ ...base, intended }))
  })
}

function questionOf({ use, model, claim, grants }: EvidenceQuestion): Question | undefined {
  if (use !== undefined) return { use: parseCid(use) }
  if (claim !== undefined) return { claim: parseCid(claim) }
  if (model !== undefined) return { model }
  return grants !== undefined && grants.length > 0 ? { grants: grants.map(parseCid) } : undefined
}

async function outcomeOf(
  api: Pick<NodeApi, 'submit'>,
  bytes: Uint8Array,
  options: SubmitOptions,
): Promise<SubmitOutcome> {
  const result = await api.submit(bytes, options)
  if (result.state === 'refused') {
    return { state: 'refused', id: result.id ?? cidOf(bytes), code: result.code, message: result.message.slice(0, 900) }
  }
  if (result.state === 'logged') return { state: 'logged', id: result.id, origin: result.origin }
  return {
    state: 'witnessed',
    id: result.id,
    origin: result.origin,
    index: result.index,
    receipt: result.receipt,
    note: result.note,
  }
}

function* pagesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += MAX_PAGE_BYTES)
    yield bytes.subarray(offset, offset + MAX_PAGE_BYTES)
}

/** A refusal as data: submitting is answered, not thrown. */
export function refusedBy(
  error: unknown,
): { state: 'refused'; code: string; message: string; hint?: string } | undefined {
  if (!isLedgerError(error) || error.code.startsWith('STORE_')) return undefined
  return {
    state: 'refused',
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  }
}
