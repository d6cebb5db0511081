import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/encoding/bytes.ts'
import { formatCroissant, parseCroissant } from '../../src/interchange/croissant.ts'
import { parseMozillaDataCollective } from '../../src/interchange/mozilla-data-collective.ts'
import { codeOf } from '../support/error-code.ts'
import { SAMPLES } from '../support/statement-samples.ts'

const SHA = 'a210be0b5c9f319f37874e7b24dd9dfa15001e37b49211fd6e7866d0bbfb1866'

const CROISSANT = {
  '@context': { '@vocab': 'https://schema.org/' },
  '@type': 'sc:Dataset',
  name: 'Common Voice Luo',
  url: 'https://example.org/luo',
  license: 'https://creativecommons.org/publicdomain/zero/1.0/',
  inLanguage: ['luo'],
  version: '25.0',
  creator: 'Coast Voices',
  distribution: [{ '@type': 'cr:FileObject', sha256: SHA, contentSize: '2229793887 B' }, { '@type': 'cr:FileSet' }],
}

describe('a Croissant description', () => {
  it('gives title, languages, digests, and what was lost', () => {
    const facts = parseCroissant(CROISSANT)
    expect(facts).toMatchObject({ title: 'Common Voice Luo', locales: ['luo'], version: '25.0' })
    expect(toHex(facts.archive?.sha256 ?? new Uint8Array())).toBe(SHA)
    expect(facts.archive?.bytes).toBe(2_229_793_887)
    expect(facts.lost).toEqual(['creator has no place in our statements'])
  })

  it('is written with the terms as usageInfo, and read again', () => {
    const { document, lost } = formatCroissant(SAMPLES[5].full, SAMPLES[6].full, { '@type': 'Offer' })
    expect(document['usageInfo']).toEqual({ '@type': 'Offer' })
    expect(lost).toHaveLength(1)
    expect(parseCroissant(document)).toMatchObject({ title: SAMPLES[5].full.title, version: '25.0' })
  })

  it.each([[7], [{}], [{ '@type': 'Person', name: 'x' }], [{ '@type': 'Dataset' }]])(
    'is refused when it is %j',
    (value) => {
      expect(codeOf(() => parseCroissant(value))).toBe('INTERCHANGE_UNSUPPORTED')
    },
  )
})

const MDC = {
  id: 'cminc35no007no707hql26lzk',
  name: 'Tiv TTS',
  locale: 'tiv',
  task: 'TTS',
  checksum: `sha256:${SHA}`,
  sizeBytes: 5,
  licenseAbbreviation: 'NOODL-1.0',
  restrictions: 'No voice cloning.',
  isPaid: true,
  basePriceCents: 100_000,
  visibility: 'restricted',
  contacts: ['somebody'],
}

describe('a dataset of the Mozilla Data Collective', () => {
  it('gives facts, the text for people, and a draft that settles nothing until its owner approves it', () => {
    const { facts, draft, text, notes } = parseMozillaDataCollective(MDC)
    expect(facts).toMatchObject({ title: 'Tiv TTS', externalIds: [{ scheme: 'mdc', value: MDC.id }] })
    expect(facts.lost).toEqual(['contacts has no place in our statements'])
    expect(draft).toMatchObject({ precedence: 'human', price: { amount: 100_000, currency: 'USD', exp: 2 } })
    expect(text).toBe('restrictions: No voice cloning.')
    expect(notes.join(' ')).toContain('restricted')
  })

  it.each([[null], [[]], [{ id: 'x' }]])('is refused when it is %j', (value) => {
    expect(codeOf(() => parseMozillaDataCollective(value))).toBe('INTERCHANGE_UNSUPPORTED')
  })
})
