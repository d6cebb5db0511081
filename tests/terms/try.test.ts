/** What terms try answers, and what it does not make up. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Constraint } from '../../src/statement/constraint.ts'
import type { Terms } from '../../src/statement/terms.ts'
import { ACTIONS, OPERANDS } from '../../src/statement/vocabulary.ts'
import { parseFacts } from '../../src/cli/try-facts.ts'
import { owedSentences } from '../../src/terms/explain/explain.ts'
import { type SupposedUse, tryTerms } from '../../src/terms/try.ts'
import { anyTerms, termsWith } from '../support/any-terms.ts'
import { sampleCid } from '../support/statement-samples.ts'

function under(condition: Constraint): Terms {
  return termsWith({ permit: [{ id: 'r', actions: ['train'], if: [condition] }] })
}

function factsOf(text: string, terms: Terms = termsWith({})): SupposedUse {
  return parseFacts(text, {
    terms,
    nameOf: (id) => (id === sampleCid(3) ? 'giants' : id),
    setOf: () => undefined,
    idOf: (name) => (name === 'Acme' ? sampleCid(1) : name),
    invented: new Map(),
  })
}

const CONDITIONS: readonly (readonly [condition: Constraint, allowed: string, refused: string])[] = [
  [{ l: 'purpose', op: 'isA', r: 'research' }, 'academic-research', 'marketing'],
  [{ l: 'purpose', op: 'isA', r: 'noncommercial' }, 'purpose=noncommercial', 'purpose=commercial'],
  [{ l: 'commercial', op: 'eq', r: false }, 'noncommercial', 'commercial'],
  [{ l: 'party', op: 'isAnyOf', r: [sampleCid(1)] }, 'party=Acme', `party=${sampleCid(2)}`],
  [{ l: 'org.kind', op: 'isA', r: 'CharityOrganisation' }, 'kind=CharityOrganisation', 'org.kind=StartupOrganisation'],
  [{ l: 'org.affiliation', op: 'isNoneOf', r: sampleCid(3) }, 'group=none', 'group=giants'],
  [{ l: 'region.establishment', op: 'isPartOf', r: '002' }, 'established=KE', 'region.establishment=NL'],
  [{ l: 'region.parent', op: 'isPartOf', r: '002' }, 'region.parent=KE', 'parent=NL'],
  [{ l: 'region.processing', op: 'isPartOf', r: '002' }, 'region.processing=KE', 'region=NL'],
  [{ l: 'region.deployment', op: 'isPartOf', r: '002' }, 'deployed=KE', 'region.deployment=NL'],
  [{ l: 'region.benefit', op: 'isPartOf', r: '002' }, 'benefit=KE', 'region.benefit=NL'],
  [{ l: 'capability', op: 'isNoneOf', r: ['voice-clone'] }, 'capability=asr', 'capability=voice-clone'],
  [{ l: 'model.open', op: 'eq', r: 'weights+code' }, 'open=weights+code', 'model.open=closed'],
  [{ l: 'subset', op: 'lteq', r: 40 }, 'subset=40%', 'subset=41'],
  [{ l: 'time', op: 'lt', r: 1_798_761_600 }, 'time=2026-12-31', 'time=2027-01-01'],
  [{ l: 'elapsed', op: 'lteq', r: 86_400 }, 'elapsed=1d', 'elapsed=2d'],
  [{ l: 'language', op: 'isAnyOf', r: ['sw'] }, 'language=sw', 'language=en'],
  [{ l: 'project', op: 'eq', r: 'Keyboard = 1' }, 'project=Keyboard = 1', 'project=other'],
]

describe('terms try', () => {
  it('has a word for every fact that a condition can be about', () => {
    const asked = new Set(CONDITIONS.map(([condition]) => ('l' in condition ? condition.l : '')))
    // How often it is used decides nothing.
    expect(OPERANDS.filter((operand) => !asked.has(operand))).toEqual(['count'])
  })

  it.each(CONDITIONS)('of %j: allowed with %s, not with %s, and not settled without', (condition, allowed, refused) => {
    const terms = under(condition)
    expect(tryTerms(terms, factsOf(`train,${allowed}`, terms)).answer).toBe('allowed')
    expect(tryTerms(terms, factsOf(`train,${refused}`, terms)).answer).toBe('not allowed')
    const open = tryTerms(terms, factsOf('train', terms))
    expect(open.answer).toBe('depends')
    expect(open.reasons.map(({ sentence }) => sentence)).toEqual([expect.stringMatching(/^You did not say .*\. Add /u)])
  })

  it('never takes back an answer when more is said', () => {
    const all: SupposedUse = {
      actions: ['fine-tune'],
      purposes: ['academic-research'],
      commercial: false,
      places: ['KE'],
      established: 'KE',
      parent: 'NL',
      kind: 'CharityOrganisation',
      party: sampleCid(1),
      groups: [],
      capabilities: ['asr'],
      openness: 'weights',
      project: 'x',
      subsetPercent: 30,
      time: 1_000_000_000,
      elapsed: 1000,
      language: 'sw',
    }
    const facts = Object.keys(all).filter((key) => key !== 'actions')
    fc.assert(
      fc.property(anyTerms, fc.constantFrom(...ACTIONS), fc.subarray(facts), (terms, action, kept) => {
        const said = { ...all, actions: [action] }
        const fewer = Object.fromEntries(
          Object.entries(said).filter(([key]) => key === 'actions' || kept.includes(key)),
        ) as unknown as SupposedUse
        const { answer } = tryTerms(terms, fewer)
        if (answer !== 'depends') expect(tryTerms(terms, said).answer).toBe(answer)
      }),
      { numRuns: 500 },
    )
  })

  it('tells what no rule allows from what one forbids', () => {
    const terms = termsWith({ prohibit: [{ id: 'n', actions: ['distribute'] }] })
    const unlisted = tryTerms(terms, factsOf('publish-model'))
    expect(unlisted).toMatchObject({
      answer: 'not allowed',
      reasons: [{ code: 'ACTION_PROHIBITED', sentence: 'Nothing in the terms allows publish-model.' }],
    })
    expect(unlisted.prohibitions).toBeUndefined()
    expect(tryTerms(terms, factsOf('distribute'))).toMatchObject({ answer: 'not allowed', prohibitions: ['n'] })
  })

  it('says which word to declare in place of one that is too general', () => {
    const terms = termsWith({ prohibit: [{ id: 'g', actions: ['train-generative'] }] })
    expect(tryTerms(terms, factsOf('train'))).toMatchObject({
      answer: 'depends',
      reasons: [
        {
          code: 'NOT_SPECIFIC_ENOUGH',
          clause: 'g',
          sentence:
            'The user declared only "train". These terms forbid "train-generative", so the user has to say which it is. In place of train say fine-tune, train-generative or distil.',
        },
      ],
    })
  })

  it('says what is owed, with the amounts', () => {
    const terms = termsWith({
      permit: [{ id: 'r', actions: ['train'], duties: ['pay'] }],
      duties: new Map([['pay', { action: 'pay', due: { event: 'grant', within: 2_592_000 } }]]),
      price: { model: 'flat', amount: 100_000, currency: 'USD' },
    })
    expect(owedSentences(terms, 'r')).toEqual([
      'The user then has to: pay the price within 30 days after the grant is accepted [pay].',
      'The price is USD 1000.00, once for each grant that is accepted. The owner receives all of it.',
    ])
    expect(owedSentences(terms, 'other')).toEqual([])
  })

  it.each([
    ['trian', 'did you mean "train"?'],
    ['train,commercial,noncommercial', 'not both'],
    ['train,commercial=maybe', 'one of true, false'],
    ['train,group=giant', 'did you mean "giants"?'],
    ['train,group=typo', 'no group "typo"'],
    ['train,kind=CharityOrganization', 'did you mean "CharityOrganisation"?'],
    ['train,regoin=KE', 'did you mean "region"?'],
    ['train,deployed=Atlantis', 'no region'],
    ['train,subset=half', 'percent'],
    ['commercial', 'names no action'],
  ])('refuses %s', (text, says) => {
    const terms = under({ l: 'org.affiliation', op: 'isNoneOf', r: sampleCid(3) })
    expect(() => factsOf(text, terms)).toThrow(says)
  })
})
