/**
 * How the answers are found: flags first and all at once, then the preset, then questions. Two of them are always asked,
 * because nobody expects their answer: whether training includes generative models, and, of a region, what "there" means.
 */
import { LedgerError, isLedgerError } from '../../errors.ts'
import type { Action } from '../../statement/vocabulary.ts'
import type { Context } from '../context.ts'
import type { Options } from '../options.ts'
import { resolveReference } from '../reference.ts'
import type { Terminal } from '../terminal.ts'
import { WHAT, WHAT_QUESTION } from './actions.ts'
import { AFTER, type Answers, GENERATIVE, PURPOSE, WHO } from './answers.ts'
import { choiceQuestion } from './choice.ts'
import { type Answerable, askUntilUnderstood, fromFlag } from './dialogue.ts'
import { type AskedPrice, PRICE, PRICE_QUESTION } from './price.ts'
import { PRESET, PRESET_QUESTION, type Preset, presetNamed } from './presets.ts'
import { REGION_FACT, type RegionFact, regionWords, whereQuestion } from './regions.ts'

/** What gives a model, or is made by one, with the noun of the question. */
const GENERATING: ReadonlyMap<Action, string> = new Map([
  ['use', 'Training'],
  ['mine', 'Training'],
  ['train', 'Training'],
  ['fine-tune', 'Fine-tuning'],
  ['distil', 'Teaching a small model'],
  ['synthesise', 'Making artificial data'],
])

/** Flags that answer a question: with one of them, a person has begun without a preset. */
const QUESTIONS = ['who', 'what', 'generative', 'purpose', 'region', 'regionFact', 'price', 'after']

/**
 * @param terminal undefined where there is none
 * @throws LedgerError USAGE
 * @throws Stopped
 */
export async function collectAnswers(context: Context, terminal: Terminal | undefined): Promise<Answers> {
  const { options } = context
  const name = options.text('preset')
  const given = readFlags(options)
  const platform = await platformOf(context)
  const ask = <T>(answerable: Answerable<T>, question: string): Promise<T> =>
    askUntilUnderstood(terminal, answerable, question)
  const isBegun = QUESTIONS.some((flag) => options.text(flag) !== undefined)
  const preset: Preset =
    name !== undefined ? presetNamed(name) : terminal === undefined || isBegun ? {} : await ask(PRESET, PRESET_QUESTION)
  checkFlags(options, given, preset)

  const who =
    given.who ?? preset.who ?? (await ask(WHO, choiceQuestion(WHO, 'Who may use the dataset, once you grant it?')))
  const uses = given.uses ?? preset.uses ?? (await ask(WHAT, WHAT_QUESTION))
  const generating = uses.map((use) => GENERATING.get(use)).find((noun) => noun !== undefined)
  refuseContradiction(uses, given.generative)
  // Whoever chose them by name has answered.
  const isNamed = uses.includes('train-generative')
  const generative =
    given.generative ??
    (isNamed
      ? 'yes'
      : generating === undefined
        ? undefined
        : await ask(
            GENERATIVE,
            `${generating} includes generative models, which produce new text, voices or pictures, unless you forbid it.\nInclude them? Type yes or no:`,
          ))
  const purpose = given.purpose ?? preset.purpose ?? (await ask(PURPOSE, choiceQuestion(PURPOSE, 'What for?')))
  const regions = given.regions ?? preset.regions ?? (await askRegions(ask, preset))
  const regionFact =
    given.regionFact ??
    (regions.length === 0
      ? 'processing'
      : await ask(
          REGION_FACT,
          choiceQuestion(REGION_FACT, `"In ${regionWords(regions)}" can mean five things. Which one?`),
        ))
  const price =
    given.price !== undefined
      ? given.price.asked
      : preset.isFree === true
        ? undefined
        : await ask(PRICE, PRICE_QUESTION)
  if (price === undefined && platform !== undefined)
    terminal?.say(`There is no price, so ${platform.name} receives nothing.\n`)
  const after =
    given.after ??
    preset.after ??
    (await ask(AFTER, choiceQuestion(AFTER, 'If you take a grant back later, what then?')))
  return {
    who,
    uses,
    generative: generative === 'no' ? 'forbidden' : generative === 'yes' ? 'included' : 'no training',
    purpose,
    regions,
    regionFact,
    price,
    platform: price === undefined ? undefined : platform,
    isAskedEachTime: preset.isAskedEachTime ?? false,
    isRehostingForbidden: preset.isRehostingForbidden ?? false,
    after,
    licence: preset.licence,
  }
}

function askRegions(
  ask: (answerable: Answerable<readonly string[]>, question: string) => Promise<readonly string[]>,
  { isRegionNeeded }: Preset,
): Promise<readonly string[]> {
  const where = 'Where? Type a country or region, for example Kenya, Africa or EU; several with commas.'
  return isRegionNeeded === true
    ? ask(whereQuestion('again'), `${where}\nYour answer:`)
    : ask(whereQuestion('anywhere'), `${where} Press Enter for anywhere in the world.\nYour answer:`)
}

interface Given {
  readonly who?: Answers['who'] | undefined
  readonly uses?: readonly Action[] | undefined
  readonly generative?: 'yes' | 'no' | undefined
  readonly purpose?: Answers['purpose'] | undefined
  readonly regions?: readonly string[] | undefined
  readonly regionFact?: RegionFact | undefined
  /** In a box, since free is an answer and no answer is not. */
  readonly price?: { readonly asked: AskedPrice | undefined } | undefined
  readonly after?: Answers['after'] | undefined
}

/** All of them before the first question: nobody answers four questions for a mistake in a flag. */
function readFlags(options: Options): Given {
  const price = options.text('price')
  return {
    who: fromFlag(WHO, options.text('who')),
    uses: fromFlag(WHAT, options.text('what')),
    generative: fromFlag(GENERATIVE, options.text('generative')),
    purpose: fromFlag(PURPOSE, options.text('purpose')),
    regions: fromFlag(whereQuestion('anywhere'), options.text('region')),
    regionFact: fromFlag(REGION_FACT, options.text('regionFact')),
    price: price === undefined ? undefined : { asked: fromFlag(PRICE, price) },
    after: fromFlag(AFTER, options.text('after')),
  }
}

/** What contradicts each other is refused: whichever was silently left out would be the one that was meant. */
function checkFlags(options: Options, given: Given, preset: Preset): void {
  const uses = given.uses ?? preset.uses
  if (uses !== undefined) refuseContradiction(uses, given.generative)
  if (given.generative === 'yes' && uses?.every((use) => use !== 'train-generative' && !GENERATING.has(use)) === true)
    refuse('--generative yes includes generative models in training, and --what allows no training; choose one.')
  if (
    preset.isRehostingForbidden === true &&
    uses?.some((use) => use === 'distribute' || use === 'sublicense') === true
  )
    refuse('--what allows passing copies or the permission on and the preset forbids it; choose one.')
  const isFree = given.price === undefined ? preset.isFree === true : given.price.asked === undefined
  if (options.text('platform') !== undefined && isFree)
    refuse('--platform names who receives a fee on top of a price, and there is no price; choose one.')
}

function refuseContradiction(uses: readonly Action[], generative: Given['generative']): void {
  if (generative === 'no' && uses.includes('train-generative'))
    refuse('--what allows training generative models and --generative no forbids it; choose one.')
}

function refuse(message: string): never {
  throw new LedgerError('USAGE', message)
}

/** @throws LedgerError USAGE now, rather than when the terms are published */
async function platformOf(context: Context): Promise<Answers['platform']> {
  const name = context.options.text('platform')
  if (name === undefined) return undefined
  try {
    return { id: await resolveReference(context, name), name }
  } catch (cause) {
    if (!isLedgerError(cause)) throw cause
    throw new LedgerError('USAGE', `--platform takes the id of a party, or the name of one of yours, not "${name}"`, {
      cause,
      hint: 'ask the platform for its party id: it begins with bafkrei',
    })
  }
}
