/**
 * `tally terms new`: asks in plain words and writes a commented YAML file. Two questions are always asked, because nobody
 * expects their answer: whether training includes generative training, and which region is meant. Every question has a
 * flag, for whoever has no terminal.
 */
import { LedgerError } from '../errors.ts'
import { isRegion } from '../statement/tables/regions.ts'
import { currencyExponent } from '../statement/tables/currencies.ts'
import type { Context } from './context.ts'
import { writeResult } from './files.ts'
import { ask } from './terminal.ts'

interface Answers {
  readonly who: 'anyone' | 'no-giants' | 'communities'
  readonly uses: readonly string[]
  readonly hasGenerative: boolean
  readonly purpose: 'any' | 'research' | 'noncommercial'
  readonly region: string | undefined
  readonly regionFact: string
  readonly price: { readonly amount: number; readonly currency: string } | undefined
  readonly platform: string | undefined
  readonly isAskedEachTime: boolean
  readonly isRehostingForbidden: boolean
  readonly after: 'no-new-use' | 'stop-running' | 'delete-data' | 'retire-models' | 'never'
  readonly licence: string | undefined
}

type Preset = Partial<Answers>

export const PRESETS: Readonly<Record<string, { readonly says: string; readonly answers: Preset }>> = {
  'research-in-region': {
    says: 'free for research in a region that you name',
    answers: { who: 'anyone', uses: ['train', 'evaluate'], purpose: 'research', price: undefined, after: 'no-new-use' },
  },
  'paid-commercial': {
    says: 'any purpose, for a price',
    answers: {
      who: 'anyone',
      uses: ['train', 'evaluate', 'publish-model'],
      purpose: 'any',
      region: undefined,
      after: 'no-new-use',
    },
  },
  'ask-each-time': {
    says: 'only for projects you said yes to',
    answers: {
      who: 'anyone',
      uses: ['train', 'evaluate'],
      purpose: 'any',
      region: undefined,
      isAskedEachTime: true,
      price: undefined,
      after: 'stop-running',
    },
  },
  'no-tech-giants': {
    says: 'anybody but the gatekeepers of the EU Digital Markets Act',
    answers: {
      who: 'no-giants',
      uses: ['train', 'evaluate'],
      purpose: 'any',
      region: undefined,
      price: undefined,
      after: 'no-new-use',
    },
  },
  'cc0-no-rehosting': {
    says: 'CC0, but nobody may pass copies on',
    answers: {
      who: 'anyone',
      uses: ['use'],
      hasGenerative: true,
      purpose: 'any',
      region: undefined,
      price: undefined,
      isRehostingForbidden: true,
      after: 'never',
      licence: 'CC0-1.0',
    },
  },
}

const REGION_FACTS: Readonly<Record<string, string>> = {
  establishment: 'where the user is established',
  parent: "where the user's parent company is established",
  processing: 'where the data is processed',
  deployment: 'where the model is used',
  benefit: 'whose people benefit',
}

export async function newTerms(context: Context, file: string): Promise<number> {
  const { options, output } = context
  const name = options.text('preset')
  const preset = name === undefined ? undefined : PRESETS[name]
  if (name !== undefined && preset === undefined) {
    const known = Object.entries(PRESETS).map(([key, { says }]) => `${key} (${says})`)
    throw new LedgerError('USAGE', `there is no preset "${name}"; there are ${known.join(', ')}`)
  }
  const answers = await collect(context, preset?.answers ?? {})
  const yaml = formatTerms(answers)
  const { parse } = await import('yaml')
  const { draftTerms } = await import('./terms-file.ts')
  const { convertPayload } = await import('./yaml-payload.ts')
  const { explainTerms } = await import('../terms/explain.ts')
  // What is written is what the language accepts, or it is not written.
  const { terms, nameOf } = draftTerms(convertPayload(parse(yaml) as Record<string, unknown>, file))
  await writeResult(file, new TextEncoder().encode(yaml), false)
  const sentences = explainTerms(terms, nameOf)
  output.result(
    'terms-new',
    { file, sentences },
    [
      `Written to ${file}. In words:`,
      ...sentences.map((each) => `- ${each}`),
      '',
      `Read it again: tally terms explain ${file}`,
      `Publish it:   tally terms publish ${file} --dataset DATASET`,
    ].join('\n'),
  )
  return 0
}

async function collect(context: Context, preset: Preset): Promise<Answers> {
  const { options } = context
  const choose = async <T extends string>(
    flag: string,
    question: string,
    choices: Readonly<Record<T, string>>,
    known?: T,
  ): Promise<T> => {
    const given = options.text(flag) ?? known
    const words = Object.keys(choices) as T[]
    const answer =
      given ??
      (await askFor(
        flag,
        `${question}\n${words.map((word) => `  ${word}: ${choices[word]}`).join('\n')}\nYour answer:`,
      ))
    const word = words.find((each) => each === answer.trim())
    if (word === undefined)
      throw new LedgerError('USAGE', `--${kebab(flag)}: one of ${words.join(', ')}, not "${answer}"`)
    return word
  }
  const who = await choose(
    'who',
    'Who may use the dataset, once you grant it?',
    { anyone: 'anybody', 'no-giants': 'anybody but tech giants', communities: 'community organisations only' },
    preset.who,
  )
  const uses = splitUses(
    options.text('what') ??
      preset.uses?.join(',') ??
      (await askFor(
        'what',
        'What may they do? (train, evaluate, augment, derive, publish-model ... separated by commas)\nYour answer:',
      )),
  )
  const isTraining = uses.some((use) => ['use', 'mine', 'train'].includes(use))
  const hasGenerative = isTraining
    ? (await choose(
        'generative',
        'Training includes generative models, which produce new text, voices or pictures, unless you forbid it. Include them?',
        { yes: 'yes, they are included', no: 'no, they are forbidden' },
        preset.hasGenerative === undefined ? undefined : preset.hasGenerative ? 'yes' : 'no',
      )) === 'yes'
    : false
  const purpose = await choose(
    'purpose',
    'What for?',
    {
      any: 'any purpose, also commercial',
      research: 'research that is not commercial',
      noncommercial: 'anything that is not commercial',
    },
    preset.purpose,
  )
  const isRegionGiven = 'region' in preset
  const regionText =
    options.text('region') ??
    (isRegionGiven
      ? ''
      : await askFor(
          'region',
          'Only in one region? (a country as KE, a group as EU or 002 for Africa; nothing for anywhere)\nYour answer:',
        ))
  const region = regionText.trim() === '' || regionText.trim() === 'anywhere' ? undefined : regionText.trim()
  if (region !== undefined && !isRegion(region))
    throw new LedgerError(
      'USAGE',
      `--region: "${region}" is no region (ISO 3166 as KE or ZA-NW, UN M49 as 002, EU, EEA)`,
    )
  const regionFact =
    region === undefined
      ? 'processing'
      : await choose('regionFact', `"In ${region}" can mean five things. Which one?`, REGION_FACTS)
  const price = await priceOf(context, preset)
  const after = await choose(
    'after',
    'If you take a grant back later, what then?',
    {
      'no-new-use': 'no new use may begin',
      'stop-running': 'running uses stop within 30 days',
      'delete-data': 'the data is deleted within 30 days',
      'retire-models': 'models are retired within 90 days',
      never: 'grants can never be taken back',
    },
    preset.after,
  )
  return {
    who,
    uses,
    hasGenerative,
    purpose,
    region,
    regionFact,
    price,
    platform: options.text('platform'),
    isAskedEachTime: preset.isAskedEachTime ?? false,
    isRehostingForbidden: preset.isRehostingForbidden ?? false,
    after,
    licence: preset.licence,
  }
}

async function priceOf(context: Context, preset: Preset): Promise<Answers['price']> {
  const isFree = 'price' in preset && preset.price === undefined
  const text =
    context.options.text('price') ??
    (isFree ? 'free' : await askFor('price', 'At what price? (free, or as 1000.00 USD)\nYour answer:'))
  if (text.trim() === 'free' || text.trim() === '') return undefined
  const parts = /^(\d{1,12})(?:\.(\d{1,4}))?\s+([A-Z]{3})$/.exec(text.trim())
  const exponent = currencyExponent(parts?.[3] ?? '')
  const fraction = parts?.[2] ?? ''
  if (parts === null || exponent === undefined || fraction.length > exponent)
    throw new LedgerError('USAGE', `--price: free, or an amount and a currency as 1000.00 USD, not "${text}"`)
  return { amount: Number(`${parts[1]}${fraction.padEnd(exponent, '0')}`), currency: parts[3] ?? '' }
}

function splitUses(text: string): readonly string[] {
  const uses = text.split(/[,\s]+/).filter((use) => use !== '')
  if (uses.length === 0) throw new LedgerError('USAGE', '--what names no action')
  return uses
}

async function askFor(flag: string, question: string): Promise<string> {
  const answer = await ask(question, false)
  if (answer !== undefined) return answer
  throw new LedgerError('USAGE', `there is no terminal to ask at, and --${kebab(flag)} is missing`, {
    hint: 'give every answer as a flag, or begin with --preset',
  })
}

function kebab(flag: string): string {
  return flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function formatTerms(answers: Answers): string {
  const conditions: string[] = []
  if (answers.purpose === 'research')
    conditions.push('{ l: purpose, op: isA, r: research } # research alone could be commercial: hence the next line')
  if (answers.purpose !== 'any') conditions.push('{ l: commercial, op: eq, r: false }')
  if (answers.region !== undefined)
    conditions.push(
      `{ l: region.${answers.regionFact}, op: isPartOf, r: '${answers.region}' } # ${REGION_FACTS[answers.regionFact] ?? ''}`,
    )
  if (answers.who === 'communities')
    conditions.push('{ l: org.kind, op: isA, r: CommunityOrganisation } # shown by a credential')
  if (answers.who === 'no-giants')
    conditions.push(
      '{ l: org.affiliation, op: isNoneOf, r: dma-gatekeeper } # the title of a party set, pinned when you publish; or its id',
    )
  const duties = [
    'attest',
    ...(answers.price === undefined ? [] : ['pay']),
    ...(answers.isAskedEachTime ? ['ask'] : []),
  ]
  const prohibitions = [
    ...(answers.uses.some((use) => ['use', 'mine', 'train'].includes(use)) && !answers.hasGenerative
      ? ['  - { id: no-generative, actions: [train-generative] }']
      : []),
    ...(answers.isRehostingForbidden ? ['  - { id: no-rehosting, actions: [distribute] }'] : []),
  ]
  const effects: Readonly<Record<Answers['after'], string>> = {
    'no-new-use': '{ mode: no-new-use }',
    'stop-running': '{ mode: stop-running, grace: 30d }',
    'delete-data': '{ mode: delete-data, within: 30d }',
    'retire-models': '{ mode: retire-models, within: 90d }',
    never: '',
  }
  return [
    '# Terms of a dataset. Read them aloud: tally terms explain THIS-FILE. Try them: tally terms try THIS-FILE --for train,commercial',
    'versions: { mode: lineage } # every version of the dataset, also later ones',
    '',
    '# What is allowed. Whatever is not listed here is not allowed.',
    'permit:',
    '  - id: use # your own word for this rule: verdicts name it',
    `    actions: [${answers.uses.join(', ')}]`,
    ...(conditions.length === 0
      ? []
      : ['    if: # all of these have to hold', ...conditions.map((each) => `      - ${each}`)]),
    `    duties: [${duties.join(', ')}]`,
    '',
    '# What is never allowed; it beats every permission.',
    ...(prohibitions.length === 0 ? ['prohibit: []'] : ['prohibit:', ...prohibitions]),
    '',
    '# What is owed for it, and when.',
    'duties:',
    '  attest: { action: attest-use, due: { event: use-end, within: 30d }, cure: 60d } # say publicly what was done',
    ...(answers.price === undefined ? [] : ['  pay: { action: pay, due: { event: grant, within: 30d } }']),
    ...(answers.isAskedEachTime
      ? ['  ask: { action: obtain-consent, due: { event: use-start, within: 0d } } # a grant for each project']
      : []),
    ...(answers.price === undefined
      ? []
      : [
          '',
          '# In the smallest unit of the currency (cents). You receive all of it; a platform fee comes on top.',
          `price: { model: flat, amount: ${answers.price.amount}, currency: ${answers.price.currency}${answers.platform === undefined ? '' : `, platform: { party: ${answers.platform}, bp: 500, payer: buyer }`} }`,
        ]),
    '',
    '# Whoever accepted a grant keeps these terms; newer ones do not reach it.',
    'amend: { mode: pinned }',
    '# What happens when you take a grant back.',
    answers.after === 'never'
      ? 'revoke: { allowed: never }'
      : `revoke: { allowed: any, notice: 14d, effect: ${effects[answers.after]} }`,
    'sublicense: { allowed: false } # grantees may not pass it on',
    'reach: transitive # a breach follows into models built on a model',
    ...(answers.licence === undefined ? [] : [`licence: { spdx: ${answers.licence} }`]),
    '',
  ].join('\n')
}
