/**
 * The documents keep up with the program: every error code, exit code, dependency and named file.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EXIT, exitOf } from '../../src/cli/exit-codes.ts'
import { ACTIONS, DUTY_ACTIONS, DUTY_EVENTS, OPERANDS, OPERATORS, PURPOSES } from '../../src/statement/vocabulary.ts'
import { ROOT, readText, readTextFiles } from './files.ts'

const codes = [...readText('src/errors.ts').matchAll(/^ {2}\| '([A-Z0-9_]+)'$/gm)].map((match) => match[1] ?? '')

describe('docs/errors.md', () => {
  const rows = readText('docs/errors.md')
    .split('\n')
    .filter((line) => /^\| `[A-Z0-9_]+` \|/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))

  test('has an entry for every code and for no other', () => {
    expect(codes.length).toBeGreaterThan(0)
    expect(rows.map((row) => row[1] ?? '').toSorted()).toEqual(codes.toSorted())
  })

  test.each(codes)('says of %s when it comes, what to do, and the exit code of the program', (code) => {
    const [, , when, todo, exit] = rows.find((row) => row[1] === code) ?? []
    expect(when).toMatch(/\w/)
    expect(todo).toMatch(/\w/)
    expect(exit).toBe(String(exitOf(code)))
  })

  test.each([...codes, 'INTERNAL'])('has the anchor that an error %s names', (code) => {
    expect(readText('docs/errors.md')).toContain(`<a id="${code.toLowerCase()}"></a>`)
  })
})

// Whether it is also provoked is for whoever reads that test.
test('every error code is named somewhere in the tests', () => {
  const tests = readTextFiles(['tests']).filter(({ path }) => path !== 'tests/repo/docs.test.ts')
  const named = new Set(tests.flatMap(({ text }) => text.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []))
  expect(codes.filter((code) => !named.has(code))).toEqual([])
})

test('README.md lists every exit code', () => {
  const page = readText('README.md')
  for (const exit of Object.values(EXIT)) expect(page, `exit ${exit}`).toMatch(new RegExp(`^\\| ${exit} \\|`, 'm'))
})

test('docs/dependencies.md gives a reason for every runtime dependency and for no other', () => {
  const manifest = JSON.parse(readText('package.json')) as {
    dependencies: Record<string, string>
    optionalDependencies: Record<string, string>
  }
  const named: string[] = [...readText('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| [^|]*\w[^|]* \|/gm)].map(
    (match) => match[1] ?? '',
  )
  const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)]
  expect(named.toSorted()).toEqual(declared.toSorted())
})

test('docs/terms.md lists every word of the terms language', () => {
  const page = readText('docs/terms.md')
  const words = [...ACTIONS, ...PURPOSES, ...OPERANDS, ...OPERATORS, ...DUTY_ACTIONS, ...DUTY_EVENTS]
  expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([])
})

describe('links and names of files', () => {
  const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'docs', 'nodes']
  const pages = readTextFiles(PAGES).filter((file) => file.path.endsWith('.md'))

  test.each(pages.map((page) => page.path))('of %s lead to files that exist', (path) => {
    const text = readText(path)
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((match) => join(dirname(path), match[1] ?? ''))
    const named = [...text.matchAll(/`((?:src|tests|docs|nodes|scripts|bin)\/[\w./-]+)`/g)].map(
      (match) => match[1] ?? '',
    )
    const missing = [...links, ...named].filter((target) => !existsSync(join(ROOT, target)))
    expect(missing).toEqual([])
  })
})
