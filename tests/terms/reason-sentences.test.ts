/** What a reason says where its general words would be false: nobody is "0 days late". */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { nativeSha256, nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { playScenario } from '../../src/scenario/play.ts'
import { parseScenario } from '../../src/scenario/scenario.ts'
import { sentence } from '../../src/terms/sentences/messages.ts'

const TOOLS = { verifier: nativeVerifier, sha256: nativeSha256, signerOf: nativeSigner }

async function sentencesOf(name: string, change: (text: string) => string = (text) => text): Promise<string[]> {
  const text = change(readFileSync(join(import.meta.dirname, `../scenarios/${name}.yaml`), 'utf8'))
  const { results } = await playScenario(parseScenario(parse(text)), TOOLS)
  return results.flatMap(({ reasons }) => reasons.map((reason) => `${reason.code}: ${reason.sentence}`))
}

describe('the sentence of a reason', () => {
  it('says that no grant names the project, where the owner wants to be asked each time', async () => {
    expect(await sentencesOf('duty-05-not-asked')).toContain(
      'DUTY_OVERDUE: No grant names the project of this use, and none answers a request for it.',
    )
  })

  it('says what was not done after a grant was taken back', async () => {
    expect((await sentencesOf('revoke-12-not-deleted')).join('\n')).toMatch(
      /DUTY_OVERDUE: The data was not deleted in time after the grant was taken back: \d+ days late\./u,
    )
    const retire = (text: string): string => text.replace('mode: delete-data', 'mode: retire-models')
    expect((await sentencesOf('revoke-12-not-deleted', retire)).join('\n')).toContain(
      'The models were not taken out of use in time after the grant was taken back: ',
    )
  })

  it('says what was declared too broadly, and what the terms forbid', async () => {
    expect(await sentencesOf('act-06-too-general')).toContain(
      'NOT_SPECIFIC_ENOUGH: The user declared only "train". These terms forbid "train-generative", so the user has to say which it is.',
    )
    const places = await sentencesOf('act-14-region-too-broad')
    expect(places.join('\n')).toMatch(/The user declared only "\w+". These terms make a difference for "\w+", so/u)
  })

  it('counts days as people do', () => {
    const late = (days: string, lateness: string): string =>
      sentence('DUTY_OVERDUE', { clause: 'pay', days, lateness, task: 'other' })
    expect(late('0', 'none')).toBe('The duty pay was not done in time.')
    expect(late('1', 'one')).toBe('The duty pay was not done in time: 1 day late.')
    expect(late('60', 'many')).toBe('The duty pay was not done in time: 60 days late.')
    for (const language of ['en', 'fr'] as const) {
      const text = sentence(
        'ATTEST_LATE',
        { days: '0', lateness: 'none', cured: 'and not made good in time' },
        language,
      )
      expect(text).not.toMatch(/[0{}]/u)
    }
  })
})
