/** `tally claim file|answer|find|settle|show|list`. */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'
import { addFields, readFields } from '../fields.ts'
import type { Field } from '../fields.ts'
import { addListFlags } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

const CLAIM: readonly Field[] = [
  { flag: 'respondent', as: 'id', says: 'who is said to have broken terms' },
  { flag: 'allegation', as: 'text', says: 'a reason of a verdict, such as NO_PERMISSION' },
  { flag: 'dataset', as: 'id', says: 'a dataset or version' },
  { flag: 'use', as: 'id', says: 'the usage' },
  { flag: 'model', as: 'digest', says: 'SHA-256 of a model' },
  { flag: 'clause', field: 'clauses', as: 'texts', says: 'a clause of the terms' },
  { flag: 'evidence', as: 'ids', says: 'a statement or a blob' },
  { flag: 'remedy', as: 'text', says: 'what is asked for' },
]
const ANSWER: readonly Field[] = [
  { flag: 'answer', as: 'text', says: 'admit, deny or justify' },
  { flag: 'evidence', as: 'ids', says: 'a statement or a blob' },
]
const FINDING: readonly Field[] = [
  { flag: 'contradicts', as: 'ids', says: 'a usage that you, by your own judgement, found untrue' },
  { flag: 'discretion', as: 'id', says: 'a blob with what no rule decides' },
]

export function configure(command: Command, act: Act): void {
  addFields(command.command('file [file]'), CLAIM)
    .description('say that a party broke terms')
    .action(act((context, [file]) => fileClaim(context, file)))
  addFields(command.command('answer <claim>'), ANSWER)
    .description('answer a claim against you')
    .action(act((context, [claim = '']) => answer(context, claim)))
  addFields(command.command('find <claim>'), FINDING)
    .description('as an arbiter: sign what the evidence gives, so that anyone can evaluate it again and compare')
    .requiredOption('--bundle <file>', 'the evidence: tally bundle make --claim')
    .requiredOption('--policy <file>', 'the logs and witnesses you trust')
    .action(act((context, [claim = '']) => find(context, claim)))
  addFields(command.command('settle <claim>'), [])
    .description('say that a claim of yours is settled')
    .option('--withdrawn', 'that it is withdrawn instead')
    .action(act((context, [claim = '']) => settle(context, claim)))
  command
    .command('show <id>')
    .description('a claim, and what refers to it')
    .action(
      act(async (context, [id = '']) =>
        (await import('../listing.ts')).printStatement(context, id, describe, [20, 21, 22, 23]),
      ),
    )
  addListFlags(command.command('list'))
    .description('claims in the logs held here')
    .action(act(async (context) => (await import('../listing.ts')).printList(context, 20, describe)))
}

function describe(payload: JsonObject): string {
  return `claim ${asText(payload['allegation'])} against ${asText(payload['respondent'])}`
}

async function fileClaim(context: Context, file: string | undefined): Promise<number> {
  const { signAndSubmit } = await import('../sign.ts')
  const payload = await readFields(context, CLAIM, file)
  await assertAllegation(context, payload['allegation'])
  const sentence = `A claim is filed: ${asText(payload['allegation'])}, against ${asText(payload['respondent'])}. It stays public for ever.`
  return signAndSubmit(context, { kind: 20, payload, sentence, isIrreversible: true })
}

/** A word of nobody's list is a slip more often than meant, and stays public: --unchecked says it is meant. */
async function assertAllegation(context: Context, word: unknown): Promise<void> {
  const { REASON_CODES } = await import('../../terms/reason-code.ts')
  const { didYouMean } = await import('../../encoding/nearest-word.ts')
  // No text at all is for the schema to refuse.
  if (typeof word !== 'string' || context.options.isSet('unchecked')) return
  if (REASON_CODES.some((code) => code === word)) return
  throw new LedgerError('USAGE', `"${word}" is no reason of a verdict${didYouMean(word, REASON_CODES)}`, {
    hint: 'name one that `tally verify` gives, such as NO_PERMISSION; pass --unchecked for a word of your own',
  })
}

async function answer(context: Context, reference: string): Promise<number> {
  const { resolveReference } = await import('../reference.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const payload = await readFields(context, ANSWER, undefined)
  payload['claim'] = await resolveReference(context, reference)
  const sentence = `The claim ${asText(payload['claim'])} is answered: ${asText(payload['answer'])}. It stays public for ever.`
  return signAndSubmit(context, { kind: 21, payload, sentence, isIrreversible: true })
}

async function find(context: Context, reference: string): Promise<number> {
  const { resolveReference } = await import('../reference.ts')
  const { inFile, readInput, readPolicyText } = await import('../files.ts')
  const { cidOf } = await import('../../encoding/cid.ts')
  const { verifyBundle } = await import('../../evidence/verify.ts')
  const { EVALUATOR_VERSION, foundOutcomes } = await import('../../terms/finding.ts')
  const { nativeSha256, nativeVerifier } = await import('../../node/native-crypto.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const { options } = context
  const claim = await resolveReference(context, reference)
  const bundle = await readInput(options.required('bundle'))
  const policy = await readPolicyText(options.required('policy'))
  const report = await inFile(options.required('bundle'), 'an evidence bundle', () =>
    verifyBundle(bundle, policy, { verifier: nativeVerifier, sha256: nativeSha256 }),
  )
  if (!('claim' in report.question) || report.question.claim !== claim)
    throw new LedgerError('USAGE', `the bundle answers another question than claim ${claim}`, {
      hint: `make it with: tally bundle make --claim ${claim} -o claim.car`,
    })
  if (report.verdict === undefined || report.instant === undefined)
    throw new LedgerError('USAGE', 'the evidence does not hold under your policy, so nothing can be found', {
      hint: 'see why: tally verify',
    })
  const payload = await readFields(context, FINDING, undefined)
  Object.assign(payload, {
    claim,
    bundle: cidOf(bundle),
    evaluator: EVALUATOR_VERSION,
    instant: report.instant,
    checkpoints: report.logs
      .filter(({ refusal }) => refusal === undefined)
      .map(({ origin, size }) => ({ origin, size })),
    outcomes: foundOutcomes(report.verdict.uses),
  })
  const sentence = `It is found on claim ${claim}: ${report.verdict.outcome}. It stays public for ever.`
  return signAndSubmit(context, { kind: 22, payload, sentence, isIrreversible: true })
}

async function settle(context: Context, reference: string): Promise<number> {
  const { resolveReference } = await import('../reference.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const claim = await resolveReference(context, reference)
  const result = context.options.isSet('withdrawn') ? 'withdrawn' : 'settled'
  const sentence = `The claim ${claim} is ${result}.`
  return signAndSubmit(context, { kind: 23, payload: { claim, result }, sentence, isIrreversible: true })
}
