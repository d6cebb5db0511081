/**
 * A scenario file that says something it cannot mean is refused, with the path of the field.
 */
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { nativeSha256, nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { isLedgerError } from '../../src/errors.ts'
import { playScenario } from '../../src/scenario/play.ts'
import { parseScenario } from '../../src/scenario/scenario.ts'

const GOOD = `
title: t
start: 2026-01-01
parties: { O: {}, U: { country: KE } }
datasets: { D: { owner: O, versions: [v1] } }
terms: { T: { dataset: D, permit: [{ id: use, actions: [train] }] } }
steps:
  - { at: 1, by: O, do: grant, id: G, terms: T, to: U }
  - { at: 2, by: U, do: acceptance, grant: G }
  - { at: 9, by: U, do: usage, id: X, actions: [train], from: 3, to: 4, datasets: [{ dataset: D, version: v1, grant: G }] }
expect: [{ use: X, dataset: D, outcome: compliant }]
`

async function problemOf(text: string): Promise<string> {
  try {
    const tools = { verifier: nativeVerifier, sha256: nativeSha256, signerOf: nativeSigner }
    await playScenario(parseScenario(parse(text)), tools)
    return 'none'
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'SCENARIO_INVALID') throw error
    return error.message.split(':')[0] ?? ''
  }
}

describe('a scenario file', () => {
  it('is played when it is right', async () => {
    expect(await problemOf(GOOD)).toBe('none')
  })

  it('takes a duration of 0 without a unit, and no other number', async () => {
    const withNotice = (notice: string): string =>
      GOOD.replace('actions: [train] }] }', `actions: [train] }], revoke: { allowed: any, notice: ${notice} } }`)
    expect(await problemOf(withNotice('0'))).toBe('none')
    expect(await problemOf(withNotice('14'))).toBe('terms.T.revoke.notice')
  })

  it.each([
    ['an unknown key', ['title: t', 'title: t\ncolour: red'], 'colour'],
    ['no title', ['title: t\n', ''], 'title'],
    ['a date that is none', ['2026-01-01', '2026-02-30'], 'start'],
    ['an unknown key of a party', ['country: KE', 'land: KE'], 'parties.U.land'],
    ['an owner that is nobody', ['owner: O', 'owner: Q'], 'datasets.D.owner'],
    ['terms of no dataset', ['T: { dataset: D', 'T: { dataset: Q'], 'terms.T.dataset'],
    ['an action that is no word', ['actions: [train] }]', 'actions: [teach] }]'], 'terms.T.permit[0].actions[0]'],
    ['a key that terms do not have', ['permit:', 'licens: x, permit:'], 'terms.T.licens'],
    ['a step that does not exist', ['do: acceptance', 'do: agree'], 'steps[1].do'],
    ['a key that the step does not have', ['do: acceptance', 'do: acceptance, colour: red'], 'steps[1].colour'],
    ['a grant that is not there yet', ['do: acceptance, grant: G', 'do: acceptance, grant: H'], 'steps[1].grant'],
    ['a party that is nobody', ['to: U', 'to: Q'], 'steps[0].to'],
    ['a day that is none', ['at: 2', 'at: two'], 'steps[1].at'],
    ['a run that ends before it starts', ['from: 3, to: 4', 'from: 4, to: 3'], 'steps[2]'],
    ['a name used twice', ['do: acceptance', 'do: acceptance, id: G'], 'steps[1].id'],
    ['a checkpoint that does not exist yet', ['do: acceptance', 'do: acceptance, seen: 7'], 'steps[1].seen'],
    ['an outcome that is no word', ['outcome: compliant', 'outcome: fine'], 'expect[0].outcome'],
    ['a reason that is no code', ['outcome: compliant', 'reasons: [FINE]'], 'expect[0].reasons[0]'],
    ['an expectation about nothing', ['use: X, dataset: D, ', ''], 'expect[0]'],
    ['more witnesses asked for than there are', ['title: t', 'title: t\npolicy: { quorum: 9 }'], 'policy.quorum'],
  ] as const)('is refused with %s, and says where', async (_, [from, to], path) => {
    expect(GOOD).toContain(from)
    expect(await problemOf(GOOD.replace(from, to))).toBe(path)
  })

  it('is refused whatever it is made of', async () => {
    for (const text of ['', '7', '[]', 'title: t', '{title: {}, start: 1, steps: {}, expect: []}', 'expect: null']) {
      expect(await problemOf(text)).not.toBe('none')
    }
  })
})
