/**
 * The answers as a terms file that explains itself: each clause with what it says, and the other words that could stand in
 * its place. Clauses that say what holds anyway are written out, so that nobody has to know what is not there.
 */
import { ACTIONS, DUTY_EVENTS, PURPOSES } from '../../statement/vocabulary.ts'
import { printable } from '../terminal-text.ts'
import { ACTION_CHOICES, withoutHint } from './actions.ts'
import type { Answers } from './answers.ts'
import { generativeProhibitions } from './generative.ts'
import { listed } from '../../terms/explain/words.ts'
import { formatPrice } from './price.ts'
import { REGION_FACT, regionWords } from './regions.ts'

/** The title of the list that `no-giants` names. */
export const GIANTS = 'dma-gatekeeper'

export function formatTerms(answers: Answers): string {
  return [
    ...licenceComment(answers),
    '# Which versions of the dataset. lineage: every version, also later ones.',
    '# Other words: { mode: listed, ids: [ID, ID] } or, for those published before a day, { mode: all-until, until: 2027-01-01 }',
    'versions: { mode: lineage }',
    '',
    ...permission(answers),
    '',
    ...prohibitions(answers),
    '',
    ...duties(answers),
    ...price(answers),
    '',
    ...life(answers),
    ...(answers.licence === undefined ? [] : ['', `licence: { spdx: ${answers.licence} }`]),
    '',
  ].join('\n')
}

function licenceComment({ licence }: Answers): readonly string[] {
  return licence === 'CC0-1.0' ? [`# ${CC0_PROMISE}`, ''] : []
}

export const CC0_PROMISE =
  'CC0 itself asks for nothing. The rules below are a promise between you and whoever accepts a grant.'

function permission(answers: Answers): readonly string[] {
  const conditions = conditionsOf(answers)
  const owed = dutyNames(answers)
  return [
    '# What is allowed. Whatever is not listed here is not allowed.',
    'permit:',
    '  - id: use # your own word for this rule: verdicts name it',
    `    # ${listed(
      answers.uses.map((use) => withoutHint(ACTION_CHOICES[use])),
      'and',
    )}`,
    ...otherWords('    ', ACTIONS, answers.uses),
    `    actions: [${answers.uses.join(', ')}]`,
    ...(conditions.length === 0 ? [] : ['    if: # all of these have to hold', ...conditions]),
    `    duties: [${owed.join(', ')}] # owed for it; what they are is written below`,
  ]
}

function conditionsOf(answers: Answers): readonly string[] {
  const { purpose, regions, regionFact, who } = answers
  const lines: string[] = []
  if (purpose === 'research') {
    lines.push(
      '# For research. It alone could be commercial, hence the second line.',
      ...otherWords('', PURPOSES, ['research']),
      '- { l: purpose, op: isA, r: research }',
    )
  }
  if (purpose === 'noncommercial') lines.push('# Not for profit, whatever the purpose.')
  if (purpose !== 'any') lines.push('- { l: commercial, op: eq, r: false }')
  if (regions.length > 0) {
    const facts = Object.keys(REGION_FACT.choices).filter((fact) => fact !== regionFact)
    lines.push(
      `# In ${regionWords(regions)}: ${REGION_FACT.choices[regionFact]}.`,
      `# Other words: ${facts.map((fact) => `region.${fact}`).join(', ')}`,
      regions.length === 1
        ? `- { l: region.${regionFact}, op: isPartOf, r: '${regions[0]}' }`
        : `- { l: region.${regionFact}, op: isAnyOf, r: [${regions.map((code) => `'${code}'`).join(', ')}] }`,
    )
  }
  if (who === 'communities') {
    lines.push(
      '# Only community organisations. Users show by a credential what they are; without it a verdict stays undetermined.',
      '- { l: org.kind, op: isA, r: CommunityOrganisation }',
    )
  }
  if (who === 'no-giants') {
    lines.push(
      '# Nobody of this list, and nobody whom one of them controls. A party set (list) by its title, pinned when you publish,',
      '# so it has to be in a log before these terms; or its id. Users show by a credential who controls them; without it a',
      '# verdict stays undetermined.',
      `- { l: org.affiliation, op: isNoneOf, r: ${GIANTS} }`,
    )
  }
  return lines.map((line) => `      ${line}`)
}

function prohibitions(answers: Answers): readonly string[] {
  const rules = [
    ...generativeProhibitions(answers),
    ...(answers.isRehostingForbidden
      ? ['  # Nobody may pass copies on.', '  - { id: no-rehosting, actions: [distribute] }']
      : []),
  ]
  return [
    '# What is never allowed; it beats every permission.',
    ...(rules.length === 0 ? ['prohibit: []'] : ['prohibit:', ...rules]),
  ]
}

function dutyNames({ price, isAskedEachTime }: Answers): readonly string[] {
  return ['attest', ...(price === undefined ? [] : ['pay']), ...(isAskedEachTime ? ['ask'] : [])]
}

function duties({ price, isAskedEachTime }: Answers): readonly string[] {
  return [
    '# What is owed for it, and when. within: days (d), hours (h) or minutes (m) after the event.',
    ...otherWords('', DUTY_EVENTS, [], 'Events'),
    'duties:',
    '  # Say publicly what was done, 30 days after the use at the latest. Later is a breach. cure: done within 60 days more, the',
    '  # breach counts as cured, but stays on record.',
    '  attest: { action: attest-use, due: { event: use-end, within: 30d }, cure: 60d }',
    ...(price === undefined
      ? []
      : [
          '  # Pay, 30 days after the grant was accepted at the latest.',
          '  pay: { action: pay, due: { event: grant, within: 30d } }',
        ]),
    ...(isAskedEachTime
      ? [
          '  # Ask for every project, before it begins: your yes is a grant that names the project.',
          '  ask: { action: obtain-consent, due: { event: use-start, within: 0d } }',
        ]
      : []),
  ]
}

function price({ price: asked, platform }: Answers): readonly string[] {
  if (asked === undefined) return []
  const fee = platform === undefined ? '' : `, platform: { party: ${platform.id}, bp: 500, payer: buyer }`
  return [
    '',
    '# The price, in the smallest unit of the currency. You receive all of it. flat: once.',
    '# Other words: per-year, per-version, revenue-share, negotiated, free',
    ...(platform === undefined
      ? []
      : [
          `# A fee for the platform ${printable(platform.name)} comes on top, paid by the buyer and never taken off your price.`,
          '# bp: hundredths of a percent, so 500 is 5 %. payer: no other word than buyer.',
        ]),
    `price: { model: flat, amount: ${asked.amount}, currency: ${asked.currency}${fee} } # = ${formatPrice(asked)}`,
  ]
}

const EFFECTS: Readonly<Record<Exclude<Answers['after'], 'never'>, readonly [words: string, clause: string]>> = {
  'no-new-use': ['no new use may begin', '{ mode: no-new-use }'],
  'stop-running': ['running uses have to stop within 30 days', '{ mode: stop-running, grace: 30d }'],
  'delete-data': ['the data has to be deleted within 30 days', '{ mode: delete-data, within: 30d }'],
  'retire-models': ['models made with it have to be retired within 90 days', '{ mode: retire-models, within: 90d }'],
}

/** What becomes of grants, of what is made, and of those who gave the data. */
function life(answers: Answers): readonly string[] {
  const isPassedOn = answers.uses.includes('sublicense')
  return [
    '# pinned: whoever accepted a grant keeps these terms; newer ones do not reach it.',
    '# Other words: { mode: owner-may-change, notice: 30d }',
    'amend: { mode: pinned }',
    ...revocation(answers.after),
    ...ATTACHMENT,
    ...(isPassedOn
      ? [
          '# Grantees may let others in, who may not do so again (depth: 1), under these same terms.',
          'sublicense: { allowed: true, depth: 1, next: same }',
        ]
      : [
          '# Grantees may not let others in. Other words: { allowed: true, depth: 1, next: same }',
          'sublicense: { allowed: false }',
        ]),
    '# A breach follows into every model that is built on a model. Other words: direct (one step), none',
    'reach: transitive',
    '# Contributors who take their consent back have to be removed, and left out of the next run. Other words: { honour: false }',
    'withdrawal: { honour: true }',
    '# standing: who may claim that these terms were broken. Other words: owner, parties, credentialed. arbiters: ids of parties',
    '# whose findings decide; none is named here.',
    'disputes: { standing: anyone, arbiters: [] }',
  ]
}

function revocation(after: Answers['after']): readonly string[] {
  if (after === 'never') {
    return [
      '# Nobody can take a grant back, not even you.',
      '# Other words: { allowed: any, notice: 14d, effect: { mode: no-new-use } }',
      'revoke: { allowed: never }',
    ]
  }
  const [words, clause] = EFFECTS[after]
  const others = Object.entries(EFFECTS).flatMap(([mode, [, other]]) => (mode === after ? [] : [other]))
  return [
    `# allowed: any: you may take a grant back for any reason. notice: it ends 14 days later. effect: then ${words}.`,
    `# Other words: effect: ${others.join(', ')}; or { allowed: never }`,
    `revoke: { allowed: any, notice: 14d, effect: ${clause} }`,
  ]
}

/** Not written out: left out, it depends on the action, and a word would hold for actions that are added later too. */
const ATTACHMENT = [
  '# A use that began before its grant ended may finish; offering a model as a service, or looking things up while it',
  '# answers, has to stop with the grant. To treat all uses alike: attach: at-start (may finish) or continuous (has to stop)',
]

function otherWords(
  indent: string,
  words: readonly string[],
  used: readonly string[],
  head: string = 'Other words',
): readonly string[] {
  const lines: string[] = []
  let line = `${indent}# ${head}:`
  for (const word of words.filter((each) => !used.includes(each))) {
    if (line.length + word.length > 118) {
      lines.push(line)
      line = `${indent}#  `
    }
    line += ` ${word},`
  }
  return [...lines, line.replace(/,$/u, '')]
}
