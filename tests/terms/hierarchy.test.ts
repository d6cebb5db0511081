import { expect, test } from 'vitest'
import { ACTIONS, PURPOSES } from '../../src/statement/vocabulary.ts'
import { fitOf, isActionWithin, isPurposeWithin } from '../../src/terms/hierarchy.ts'

test('every action is a use, and training is a kind of mining', () => {
  for (const action of ACTIONS) expect(isActionWithin(action, 'use')).toBe(true)
  for (const action of ['fine-tune', 'train-generative', 'distil'] as const) {
    expect(isActionWithin(action, 'train')).toBe(true)
    expect(isActionWithin(action, 'mine')).toBe(true)
    expect(isActionWithin('train', action)).toBe(false)
  }
  expect(isActionWithin('extract', 'reproduce')).toBe(true)
  expect(isActionWithin('evaluate', 'train')).toBe(false)
})

test('research is neither commercial nor non-commercial', () => {
  expect(isPurposeWithin('academic-research', 'noncommercial')).toBe(false)
  expect(isPurposeWithin('noncommercial-research', 'noncommercial')).toBe(true)
  expect(isPurposeWithin('commercial-research', 'commercial')).toBe(true)
  expect(isPurposeWithin('research', 'noncommercial-research')).toBe(false)
  expect(fitOf('research', ['commercial-research'], isPurposeWithin)).toBe('broader')
  expect(fitOf('marketing', ['commercial'], isPurposeWithin)).toBe('disjoint')
})

test('both tables are orders: whatever is within each other is the same word', () => {
  const actions = ACTIONS.flatMap((a) => ACTIONS.filter((b) => a !== b && isActionWithin(a, b) && isActionWithin(b, a)))
  const purposes = PURPOSES.flatMap((a) =>
    PURPOSES.filter((b) => a !== b && isPurposeWithin(a, b) && isPurposeWithin(b, a)),
  )
  expect([...actions, ...purposes]).toEqual([])
})
