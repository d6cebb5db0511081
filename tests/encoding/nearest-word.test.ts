import { expect, it } from 'vitest'
import { didYouMean, nearestWord } from '../../src/encoding/nearest-word.ts'

const WORDS = ['train', 'train-generative', 'fine-tune', 'distil', 'use']

it.each([
  ['trian', 'train'],
  ['fine_tune', 'fine-tune'],
  ['Distill', 'distil'],
  ['train-generativ', 'train-generative'],
  ['moon', undefined],
  ['', undefined],
  ['x'.repeat(1_000_000), undefined],
])('takes %.20j for %j', (text, word) => {
  expect(nearestWord(text, WORDS)).toBe(word)
})

it('says nothing where nothing is near', () => {
  expect(didYouMean('moon', WORDS)).toBe('')
  expect(didYouMean(7, WORDS)).toBe('')
  expect(didYouMean('trian', WORDS)).toBe('; did you mean "train"?')
})
