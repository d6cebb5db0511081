import { describe, expect, it } from 'vitest'
import { REASON_CODES } from '../../src/terms/reason-code.ts'
import { LANGUAGES, messageKeys, sentence } from '../../src/terms/sentences/messages.ts'

const VALUES = { clause: 'research', what: 'the action', days: '3', cured: 'in time', narrower: 'a word' }

describe('sentences', () => {
  it('exist in English for every reason, with every name filled in', () => {
    for (const code of REASON_CODES) {
      const text = sentence(code, VALUES)
      expect(text, code).not.toBe(code)
      expect(text, code).not.toMatch(/[{}\u2068\u2069]/)
    }
  })

  it('of other languages are of keys that English has', () => {
    const english = new Set(messageKeys('en'))
    for (const language of LANGUAGES)
      for (const key of messageKeys(language)) expect(english.has(key), `${language} ${key}`).toBe(true)
  })

  it('exist in every language for whatever a verification prints', () => {
    const printed = messageKeys('en').filter((key) => /^([A-Z_]+$|not-proved-|report-|allegation-|outcome-)/u.test(key))
    expect(printed.length).toBeGreaterThan(REASON_CODES.length)
    for (const language of LANGUAGES) expect(messageKeys(language)).toEqual(expect.arrayContaining(printed))
    expect(sentence('PERMITTED', {}, 'fr')).not.toBe(sentence('PERMITTED'))
  })

  it('are found by no key of the language itself', () => {
    for (const key of ['toString', '__proto__', 'constructor', '']) expect(sentence(key)).toBe(key)
  })
})
