/** What people read says everything that the terms say: no change of meaning explains in the same words. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { draftTerms } from '../../src/cli/terms-file.ts'
import { convertPayload } from '../../src/cli/yaml-payload.ts'
import type { Constraint } from '../../src/statement/constraint.ts'
import type { Duty, Terms } from '../../src/statement/terms.ts'
import { ACTIONS, CAPABILITIES, DUTY_ACTIONS, ORGANISATION_KINDS, PURPOSES } from '../../src/statement/vocabulary.ts'
import { compareTerms } from '../../src/terms/explain/compare-terms.ts'
import type { NameOf, SetOf } from '../../src/terms/explain/words.ts'
import { explainTerms } from '../../src/terms/explain/explain.ts'
import { tryTerms } from '../../src/terms/try.ts'
import { anyTerms, fullTerms, termsWith } from '../support/any-terms.ts'
import { readText } from '../repo/files.ts'
import { sampleCid } from '../support/statement-samples.ts'

/** What a signer claims about the statement itself, and where it stands, is no rule. */
function rulesOf(terms: Terms): object {
  return Object.fromEntries(Object.entries(terms).filter(([key]) => !['iat', 'seen', 'prev', 'lineage'].includes(key)))
}

/** What is said of terms with one unconditional permission, and what a test is about. */
function explain(more: Partial<Terms>, nameOf?: NameOf, setOf?: SetOf): string {
  return explainTerms(termsWith(more), nameOf, setOf).join('\n')
}

const COMMERCIAL = { l: 'commercial', op: 'eq', r: true } as const

/** Every object with one field left out or one leaf changed, at any depth. */
function* changed(value: unknown): Iterable<unknown> {
  if (typeof value === 'number') yield value + 1
  else if (value instanceof Uint8Array) yield value.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) for (const other of changed(item)) yield value.with(i, other)
  } else if (value instanceof Map) {
    for (const [key, item] of value) for (const other of changed(item)) yield new Map(value).set(key, other)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      for (const other of changed(item)) yield { ...value, [key]: other }
    }
  }
}

describe('terms explain', () => {
  it('differently wherever a number or digest differs, at any depth', () => {
    const known = explainTerms(fullTerms).join('\n')
    let count = 0
    for (const other of changed(rulesOf(fullTerms)) as Iterable<Terms>) {
      const terms = { ...fullTerms, ...other }
      // The version of the language itself is not a rule, and the number of decimals shows in the amount.
      if (terms.v !== 1 || terms.price?.exp !== fullTerms.price?.exp) continue
      expect(explainTerms(terms).join('\n') === known, JSON.stringify(other)).toBe(false)
      count++
    }
    expect(count).toBeGreaterThan(15)
  })

  it.each([
    'prove',
    'price',
    'split',
    'benefit',
    'asOf',
    'revoke',
    'withdrawal',
    'disputes',
    'text',
    'licence',
    'labels',
    'tables',
    'obligations',
    'authoritative',
  ] as const)('less when %s is left out', (field) => {
    const { [field]: given, ...rest } = fullTerms
    expect(given).toBeDefined()
    const { changes } = compareTerms(fullTerms, rest)
    expect(changes.length).toBeGreaterThan(0)
  })

  it('says which versions they are for', () => {
    const scopes: readonly Terms['versions'][] = [
      { mode: 'lineage' },
      { mode: 'all-until', until: 1_800_000_000 },
      { mode: 'listed', ids: [sampleCid(1)] },
      { mode: 'listed', ids: [sampleCid(2)] },
    ]
    const texts = scopes.map((versions) => explainTerms({ ...fullTerms, versions }).join('\n'))
    expect(new Set(texts).size).toBe(scopes.length)
  })

  it('whatever they are, without a gap in the words', () => {
    fc.assert(
      fc.property(anyTerms, (terms) => {
        for (const sentence of explainTerms(terms)) expect(sentence).not.toMatch(/undefined|\[object|NaN|\bnull\b/u)
        expect(compareTerms(terms, terms).changes).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

describe('what terms explain says of generative models', () => {
  const NOT = 'Training of generative models (train-generative) is not allowed.'
  const included = (rules: string): string =>
    `Training of generative models (train-generative) is included in what ${rules}`

  it.each(['train-generative', 'train', 'mine', 'use'] as const)('is "not allowed" where %s is forbidden', (action) => {
    expect(explain({ prohibit: [{ id: 'g', actions: [action] }] })).toContain(NOT)
  })

  it.each(['train-generative', 'train', 'mine', 'use'] as const)(
    'names the exception where %s is forbidden in some cases',
    (action) => {
      const text = explain({ prohibit: [{ id: 'g', actions: [action], if: [COMMERCIAL] }] })
      expect(text).toContain(`${included('rule [r] allows')}, except in the cases that rule [g] forbids.`)
    },
  )

  it('is said wherever a permission could give one, and nowhere else', () => {
    expect(explain({})).toContain(`${included('rule [r] allows')}.`)
    for (const action of ['fine-tune', 'distil', 'synthesise'] as const)
      expect(explain({ permit: [{ id: 'r', actions: [action] }] })).toContain(`${NOT} To `)
    for (const action of ['evaluate', 'index', 'publish-model'] as const)
      expect(explain({ permit: [{ id: 'r', actions: [action] }] })).not.toContain('enerative')
    expect(explain({ prohibit: [{ id: 'g', actions: ['evaluate'] }] })).toContain(`${included('rule [r] allows')}.`)
  })

  it('is what terms try answers, whatever one rule allows and another forbids', () => {
    for (const permitted of ACTIONS) {
      for (const prohibited of ACTIONS) {
        const rules = {
          permit: [{ id: 'r', actions: [permitted] }],
          prohibit: [{ id: 'g', actions: [prohibited] }],
        }
        const text = explain(rules)
        const { answer } = tryTerms({ ...fullTerms, ...rules }, { actions: ['train-generative'] })
        expect(text.includes(included('rule [r] allows.')), `${permitted} ${prohibited}`).toBe(answer === 'allowed')
        if (answer === 'allowed') expect(text).not.toContain(NOT)
      }
    }
  })
})

describe('what terms explain says of the end of a grant', () => {
  const any = (effect: object, more: Partial<Terms> = {}): string =>
    explain({ revoke: { allowed: 'any', notice: 1_209_600, effect } as Terms['revoke'] & object, ...more })
  const ENDS = 'If the owner takes a grant back, it ends 14 days after that is witnessed'

  it('is one thing for each effect', () => {
    expect(any({ mode: 'no-new-use' })).toContain(
      `${ENDS}, or on a later day that the owner names. A use that began earlier may finish within 365 days; no new one may begin.`,
    )
    const stop = any({ mode: 'stop-running', grace: 2_592_000 })
    expect(stop).toContain('No new use may begin, and every running use has to stop within another 30 days.')
    expect(stop).not.toContain('may finish')
    expect(any({ mode: 'stop-running', grace: 400 * 86_400 })).toContain('within another 365 days (the 400 days named')
    expect(any({ mode: 'stop-running', grace: 0 })).toContain('every running use has to stop at that moment')
    expect(any({ mode: 'delete-data', within: 2_592_000 })).toContain(
      'no new one may begin. The user has to delete the data within 30 days after the grant has ended.',
    )
    expect(any({ mode: 'retire-models', within: 0 })).toContain(
      'take the models made with it out of use as soon as the grant has ended.',
    )
    const never = explain({ revoke: { allowed: 'never' } })
    expect(never).toContain('The owner can never take a grant back.')
    expect(never).not.toMatch(/may finish|has to be finished/u)
    expect(explain({})).toContain('The owner can never take a grant back.')
  })

  it('cannot be missed where a use hangs on its grant all the time', () => {
    const finished = 'Every use has to be finished before its grant ends, also one that began earlier.'
    for (const mode of ['no-new-use', 'delete-data']) {
      const text = any({ mode, ...(mode === 'delete-data' ? { within: 1 } : {}) }, { attach: 'continuous' })
      expect(text).toContain(finished)
      expect(text).not.toContain('may finish')
    }
    expect(explain({ attach: 'continuous' })).toContain(finished)
    // A revocation with a time to stop counts from the start, whatever `attach` says.
    const stop = any({ mode: 'stop-running', grace: 60 }, { attach: 'continuous' })
    expect(stop).toContain('has to stop within one more minute')
    expect(stop).not.toContain(finished)
    expect(stop).toContain('Where a grant has an end date, every use has to be finished before it.')
  })

  it('names the uses that hang on it all the time where nothing is said', () => {
    const ongoing = 'A use that offers a model as a service'
    const permit = [{ id: 'r', actions: ['serve-model' as const] }]
    expect(any({ mode: 'no-new-use' })).not.toContain(ongoing)
    expect(any({ mode: 'no-new-use' }, { permit })).toContain(ongoing)
    expect(any({ mode: 'no-new-use' }, { permit, attach: 'at-start' })).not.toContain(ongoing)
  })
})

describe('what terms explain says of what is owed', () => {
  const pay: Duty = { action: 'pay', due: { event: 'grant', within: 2_592_000 } }
  const price = { model: 'flat', amount: 100_000, currency: 'USD' } as const
  const duties = new Map([['pay', pay]])
  const owing = [{ id: 'r', actions: ['train' as const], duties: ['pay'] }]

  it('is a warning where a price, or a duty, is owed by nobody', () => {
    expect(explain({ price })).toContain(
      'WARNING: A price is named, but no permission asks for payment: nobody has to pay it. The price would be USD 1000.00',
    )
    expect(explain({ price, duties })).toContain('nobody has to pay it')
    expect(explain({ price, duties, permit: owing })).not.toContain('WARNING')
    expect(explain({ duties, permit: owing })).toContain(
      'WARNING: Rule [r] asks for payment, but no price is named: nobody has to pay anything.',
    )
    const free = explain({ duties, permit: owing, price: { model: 'free' } })
    expect(free).toContain('WARNING: Rule [r] asks for payment, but it is free of charge')
    const unasked = new Map([['extra', { action: 'notify', due: { event: 'grant', within: 86_400 } } satisfies Duty]])
    expect(explain({ duties: unasked })).toContain(
      'WARNING: Duty [extra] is asked for by no permission: nobody owes it (tell the owner within 1 day after the grant is accepted).',
    )
    expect(explain({ duties: unasked, obligations: ['extra'] })).not.toContain('WARNING')
  })

  it('names the rules under which a price is owed where not all owe it', () => {
    const permit = [...owing, { id: 'free', actions: ['evaluate' as const] }]
    expect(explain({ price, duties, permit })).toContain(
      'It is owed under rule [r] only; rule [free] asks for no payment.',
    )
    expect(explain({ price, duties, permit, obligations: ['pay'] })).not.toContain('It is owed under')
  })

  it('shares a price as it is paid', () => {
    const text = explain(
      {
        price: {
          model: 'per-year',
          amount: 120_000,
          currency: 'KES',
          platform: { party: sampleCid(3), bp: 500, payer: 'buyer' },
        },
        split: [
          { party: sampleCid(1), bp: 7500 },
          { party: sampleCid(2), bp: 2500 },
        ],
        duties,
        permit: owing,
      },
      (id) => ({ [sampleCid(1)]: 'Acme', [sampleCid(2)]: 'Beta', [sampleCid(3)]: 'Plat' })[id] ?? id,
    )
    expect(text).toContain(
      'The price is KES 1200.00 for each year begun. Of it Acme receives KES 900.00 (75 %) and Beta KES 300.00 (25 %)',
    )
    expect(text).toContain('The buyer pays 5 % (KES 60.00) on top to the platform Plat, in total KES 1260.00.')
    expect(text).not.toContain('The owner receives')
    const odd = [
      { party: sampleCid(1), bp: 3333 },
      { party: sampleCid(2), bp: 6667 },
    ]
    // What rounding leaves goes to the first, as in a quote.
    expect(explain({ price: { ...price, amount: 100 }, split: odd, duties, permit: owing })).toMatch(
      /receives USD 0\.34 \(33\.33 %\) and \S+ USD 0\.66/u,
    )
  })

  it('names no amount for a price that is agreed later', () => {
    const text = explain({ price: { model: 'revenue-share', currency: 'USD', bp: 1200 }, duties, permit: owing })
    expect(text).toContain('The price is a share of revenue (12 %): what is owed is the total that the acceptance')
    expect(text).not.toContain('USD')
  })

  it('takes the decimals of a currency from the terms, and none where only another table has them', () => {
    const tables = new Map([['currency', new Uint8Array(32)]])
    const odd = (more: object): string =>
      explain({ price: { model: 'flat', amount: 1000, currency: 'XQQ', ...more }, tables, duties, permit: owing })
    expect(odd({ exp: 1 })).toContain('XQQ 100.0,')
    expect(odd({})).toContain('XQQ 1000 (in the smallest unit)')
    expect(odd({})).not.toContain('XQQ 10.00')
  })

  it('tells being late from being cured', () => {
    const text = explain({
      duties: new Map([['pay', { ...pay, cure: 5_184_000 }]]),
      permit: owing,
      price,
    })
    expect(text).toContain(
      'If [pay] is late, that is a breach. Done within another 60 days, the breach counts as cured, but stays on record.',
    )
    expect(text).not.toContain('made good')
  })

  it('asks for a grant for each project', () => {
    const ask: Duty = { action: 'obtain-consent', due: { event: 'use-start', within: 0 } }
    expect(
      explain({ duties: new Map([['ask', ask]]), permit: [{ id: 'r', actions: ['train'], duties: ['ask'] }] }),
    ).toContain(
      "For every project the user needs a grant that names this project, or that answers the user's request for it, before the use starts [ask].",
    )
  })

  it('never counts zero of anything', () => {
    for (const action of DUTY_ACTIONS) {
      const zero = new Map([['d', { action, due: { event: 'use-start', within: 0 }, cure: 0 } satisfies Duty]])
      const text = explain({
        duties: zero,
        permit: [{ id: 'r', actions: ['train'], duties: ['d'] }],
        prove: [{ fact: 'purpose', within: 0 }],
        revoke: { allowed: 'any', notice: 0, effect: { mode: 'delete-data', within: 0 } },
        amend: { mode: 'owner-may-change', notice: 0 },
        withdrawal: { honour: true, within: 0 },
      })
      expect(text, action).not.toMatch(/\b0 (?:second|day)/u)
    }
  })
})

describe('what terms explain says of change and of passing on', () => {
  it('leaves price and duties as they were accepted', () => {
    const text = explain({ amend: { mode: 'owner-may-change', notice: 86_400 } })
    expect(text).toContain("with 1 day's notice")
    expect(text).toContain('Price and duties stay as they were accepted.')
    expect(explain({ amend: { mode: 'owner-may-change', notice: 5_184_000 } })).toContain("with 60 days' notice")
  })

  it('warns where the list of actions and the clause on sublicences differ', () => {
    const permit = [{ id: 'r', actions: ['train', 'sublicense'] as const }]
    expect(explain({ permit })).toContain('WARNING: Passing the permission on is listed as allowed in rule [r]')
    expect(explain({ permit, sublicense: { allowed: true } })).not.toContain('WARNING')
    expect(explain({ permit, sublicense: { allowed: true, depth: 0 } })).toContain('WARNING')
    expect(explain({ sublicense: { allowed: true } })).toContain('although no rule lists that as allowed')
    const prohibit = [{ id: 'n', actions: ['sublicense'] as const }]
    expect(explain({ permit, prohibit, sublicense: { allowed: true } })).toContain(
      'although it is forbidden in rule [n]',
    )
  })

  it('counts steps', () => {
    expect(explain({ permit: [{ id: 'r', actions: ['use'] }], sublicense: { allowed: true } })).toContain(
      'whoever gets it from them may not pass it on',
    )
    expect(explain({ permit: [{ id: 'r', actions: ['use'] }], sublicense: { allowed: true, depth: 3 } })).toContain(
      "up to 3 steps away from the owner's grant",
    )
  })
})

describe('how terms explain says conditions', () => {
  const asked = (...conditions: Constraint[]): string =>
    explain({ permit: [{ id: 'r', actions: ['train'], if: conditions }] })

  it('names a party set by its title and number of members', () => {
    const condition = { l: 'org.affiliation', op: 'isNoneOf', r: sampleCid(3) } as const
    const permit = [{ id: 'r', actions: ['train' as const], if: [condition] }]
    const set = (): { title: string; members: number } => ({ title: 'dma-gatekeeper', members: 7 })
    const text = explain({ permit }, (id) => id, set)
    expect(text).toContain(
      'if neither the user nor anyone who controls it is on the list "dma-gatekeeper" (7 members).',
    )
    expect(text).toContain('Who controls a user is shown by a credential')
    expect(explain({ permit }, () => 'giants')).toContain('on the list "giants".')
    expect(explain({ permit })).toContain(`on the list ${sampleCid(3)}, or that party`)
  })

  it.each<[Constraint, string]>([
    [{ l: 'region.establishment', op: 'isAnyOf', r: ['KE', 'TZ'] }, 'the user is established in Kenya or in Tanzania'],
    [
      { l: 'region.processing', op: 'isNoneOf', r: ['CN', 'US'] },
      'the data is processed neither in China nor in the United States',
    ],
    [{ l: 'region.benefit', op: 'neq', r: 'EU' }, 'the people who benefit do not live in the European Union'],
    [{ l: 'region.processing', op: 'isPartOf', r: 'ZA-NW' }, 'in ZA-NW (a part of South Africa)'],
    [{ l: 'org.kind', op: 'neq', r: 'ForProfitOrganisation' }, 'the user is not a for-profit organisation'],
    [
      { l: 'capability', op: 'isAllOf', r: ['asr', 'tts'] },
      'the model can both recognise speech and make synthetic speech',
    ],
    [
      { l: 'capability', op: 'isAllOf', r: ['asr', 'tts', 'voice-clone'] },
      'the model can do all of this: recognise speech, make synthetic speech and clone voices',
    ],
    [{ l: 'capability', op: 'isNoneOf', r: ['voice-clone'] }, 'the model cannot clone voices'],
    [{ l: 'model.open', op: 'eq', r: 'weights' }, "only the model's weights are open"],
    [{ l: 'time', op: 'lt', r: 1_798_761_600 }, 'the whole use is before 1 January 2027, 00:00 UTC'],
    [{ l: 'time', op: 'gteq', r: 1_798_761_601 }, 'on or after 1 January 2027, 00:00:01 UTC'],
    [{ l: 'subset', op: 'lteq', r: 40 }, 'at most 40 % of the dataset is used'],
    [{ l: 'subset', op: 'isAnyOf', r: ['a.tsv'] }, 'of the dataset, nothing but these files is used: "a.tsv"'],
    [{ l: 'count', op: 'lteq', r: 1 }, 'the number of runs is at most 1'],
  ])('%j', (condition, words) => {
    expect(asked(condition)).toContain(words)
  })

  it('with numbers, so that and is not taken for or', () => {
    const text = asked(COMMERCIAL, { or: [COMMERCIAL, { and: [COMMERCIAL, COMMERCIAL] }] })
    expect(text).toContain(
      'if all of this holds: (1) the use is commercial; (2) at least one of this holds: (2.1) the use is commercial; (2.2) all of this holds: (2.2.1)',
    )
  })

  it('of a prohibition with "or" between actions, and with a part of the use where that is enough', () => {
    const text = explain({
      prohibit: [{ id: 'n', actions: ['train', 'serve-model'], if: [{ l: 'time', op: 'lt', r: 1_798_761_600 }] }],
    })
    expect(text).toContain(
      'Never: train models on it or offer a model made with it as a service, if any part of the use',
    )
  })

  it('without a word of the language that is no word of English', () => {
    for (const [l, words] of [
      ['capability', CAPABILITIES],
      ['org.kind', ORGANISATION_KINDS],
      ['purpose', PURPOSES],
    ] as const) {
      for (const r of words) {
        const text = asked({ l, op: 'isA', r })
        expect(text).not.toContain(`"${r}"`)
        if (/[A-Z]|-clone|-gen|-id|asr|tts/u.test(r)) expect(text).not.toContain(r)
      }
    }
  })

  it('of research, with whether commercial research is included', () => {
    const included = 'Commercial research is included.'
    const research: Constraint = { l: 'purpose', op: 'isA', r: 'research' }
    expect(asked(research)).toContain(included)
    expect(asked(research, COMMERCIAL)).not.toContain(included)
    expect(asked({ l: 'purpose', op: 'isA', r: 'academic-research' })).not.toContain(included)
    expect(asked({ l: 'purpose', op: 'isNoneOf', r: ['research'] })).not.toContain(included)
    const prohibit = [{ id: 'n', actions: ['use'] as const, if: [COMMERCIAL] }]
    expect(explain({ permit: [{ id: 'r', actions: ['train'], if: [research] }], prohibit })).not.toContain(included)
  })

  it('that nothing can answer, with a warning', () => {
    expect(asked({ l: 'language', op: 'eq', r: 'sw' })).toContain('WARNING: No statement can show yet the language')
    expect(explain({ prove: [{ fact: 'count', within: 86_400 }] })).toContain('WARNING: Within 1 day')
  })
})

describe('the table of fields in docs/terms.md', () => {
  const rows = readText('docs/terms.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells.length === 5 && cells[0] !== 'field')

  it('has every field', () => {
    const named = new Set(
      rows.flatMap(([field = '']) => [...field.matchAll(/`([a-zA-Z]+)/gu)].map((match) => match[1])),
    )
    const fields = Object.keys(fullTerms).filter((key) => !['v', 'profile', 'iat', 'seen'].includes(key))
    expect(fields.filter((field) => !named.has(field))).toEqual([])
  })

  it.each(rows.filter(([, , , example]) => example !== ''))(
    '%s (%s): the sentence is what explain prints',
    (...cells) => {
      const [, , , example = '', says = ''] = cells
      const base = { permit: [{ id: 'use', actions: ['train'] }] }
      const fields = parse(example.slice(1, -1)) as Record<string, unknown>
      const { terms, nameOf } = draftTerms(convertPayload({ ...base, ...fields }, 'docs/terms.md'))
      expect(explainTerms(terms, nameOf)).toContain(says)
    },
  )
})
