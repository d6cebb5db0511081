import { expect, test } from 'vitest'
import { ageSentence } from '../../src/cli/commands/verify.ts'

test.each([
  [0, 'the newest evidence is less than a minute old; what was logged since is not in it'],
  [90, 'the newest evidence is 1 minute old; what was logged since is not in it'],
  [12 * 60, 'the newest evidence is 12 minutes old; what was logged since is not in it'],
  [119 * 60, 'the newest evidence is 119 minutes old; what was logged since is not in it'],
  [47 * 3600, 'the newest evidence is 47 hours old; what was logged since is not in it'],
  [100 * 86_400, 'the newest evidence is 100 days old; what was logged since is not in it'],
  // Clocks differ a little; a witness far ahead, or this machine far behind, is worth a word.
  [-30, 'the newest evidence is less than a minute old; what was logged since is not in it'],
  [-7200, "the evidence is dated 2 hours ahead of this machine's clock: one of the two is wrong"],
])('%d seconds after the evidence', (seconds, said) => {
  expect(ageSentence(seconds)).toBe(said)
})
