import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exitOf } from '../../src/cli/exit-codes.ts'
import { nextStep } from '../../src/cli/next-steps.ts'

/** As a terminal shows it. */
const plain = (markdown: string): string => markdown.replaceAll('`', '').replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, '$1')

const DOCUMENTED = Array.from(
  readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8').matchAll(
    /^\| `([A-Z0-9_]+)` .*\| (.*) \| (\d+)[^|]*\|$/gmu,
  ),
  ([, code, step, exit]) => ({ code: code ?? '', step: plain(step ?? ''), exit: Number(exit) }),
)

test('docs/errors.md lists the error codes', () => {
  expect(DOCUMENTED.length).toBeGreaterThan(50)
})

test.each(DOCUMENTED)('$code exits $exit, as docs/errors.md says', ({ code, exit }) => {
  expect(exitOf(code)).toBe(exit)
})

test.each(DOCUMENTED)('$code says what to do next in the words of docs/errors.md', ({ code, step }) => {
  expect(nextStep(code)).toBe(step)
})

test('a code of a newer program is a plain failure', () => {
  expect(exitOf('NEVER_HEARD_OF')).toBe(1)
  expect(exitOf('constructor')).toBe(1)
  expect(nextStep('constructor')).toBeUndefined()
})
