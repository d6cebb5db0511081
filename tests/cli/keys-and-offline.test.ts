import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeStatement } from '../../src/statement/envelope.ts'
import { errorOf, resultOf, tally, temporaryFolder, textField } from '../support/cli-run.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let home: string
const at = (name: string): string => join(home, name)

beforeAll(async () => {
  folder = await temporaryFolder()
  home = folder.path
  await writeFile(at('pass'), 'correct horse battery\n', { mode: 0o600 })
})
afterAll(() => folder.remove())

test('a new key is protected by a passphrase, has mode 0600, and is never written over', async () => {
  const args = ['key', 'new', 'safe', '--passphrase-file', at('pass'), '--json']
  const made = await tally(home, args)
  expect(made.exit).toBe(0)
  const path = textField(resultOf(made), 'path')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const text = await readFile(path, 'utf8')
  expect(text).toContain('-----BEGIN AGE ENCRYPTED FILE-----')
  expect(text).toContain('keep a copy offline')
  const again = await tally(home, args)
  expect(errorOf(again)).toMatchObject({ code: 'FILE_EXISTS', exit: 9 })
  expect(await readFile(path, 'utf8')).toBe(text)
})

test('without a passphrase and a terminal no key is written', async () => {
  expect(errorOf(await tally(home, ['key', 'new', 'nowhere', '--json']))).toMatchObject({ code: 'PASSPHRASE' })
  expect((await tally(home, ['key', 'show', 'nowhere'])).exit).toBe(10)
})

test('--no-passphrase is said aloud', async () => {
  const { exit, err } = await tally(home, ['key', 'new', 'bare', '--no-passphrase', '-q'])
  expect(exit).toBe(0)
  expect(err).toMatch(/warning: no passphrase/u)
})

test('key list names every key and how it is protected', async () => {
  const { keys } = resultOf(await tally(home, ['key', 'list', '--json']))
  expect(keys).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'safe', isProtected: true }),
      expect.objectContaining({ name: 'bare', isProtected: false }),
    ]),
  )
})

test('a party that cannot be made leaves no key behind', async () => {
  const args = ['party', 'new', 'nobody', '--log', 'a.example/log', '--no-passphrase', '--json']
  expect(errorOf(await tally(home, [...args, '--country', 'ZZ9']))).toMatchObject({ code: 'SCHEMA_INVALID', exit: 2 })
  expect((await tally(home, ['key', 'show', 'nobody'])).exit).toBe(10)
})

test('the only key, where others can read it, is refused as such: another one is not what helps', async () => {
  const other = at('other')
  await tally(other, ['key', 'new', 'only', '--no-passphrase'])
  await chmod(join(other, 'parties/only.key'), 0o644)
  const args = ['dataset', 'register', '--title', 'T', '--locale', 'sw', '--log', 'a.example/log', '--json']
  expect(errorOf(await tally(other, args))).toMatchObject({ code: 'UNSAFE_PERMISSIONS', exit: 77 })
})

test('a key that others can read exits 77 and is not used', async () => {
  await tally(home, ['key', 'new', 'open', '--no-passphrase'])
  await chmod(at('parties/open.key'), 0o644)
  expect(errorOf(await tally(home, ['key', 'show', 'open', '--json']))).toMatchObject({
    code: 'UNSAFE_PERMISSIONS',
    exit: 77,
  })
  await chmod(at('parties/open.key'), 0o600)
})

test('a symbolic link is no key, and no key is written through one', async () => {
  await symlink(at('parties/bare.key'), at('parties/link.key'))
  expect((await tally(home, ['key', 'show', 'link'])).exit).toBe(77)
  await symlink(at('elsewhere'), at('parties/dangling.key'))
  expect((await tally(home, ['key', 'new', 'dangling', '--no-passphrase'])).exit).not.toBe(0)
  await expect(stat(at('elsewhere'))).rejects.toThrow('ENOENT')
})

test('a passphrase file that others can read exits 77', async () => {
  await writeFile(at('loose'), 'correct horse battery\n', { mode: 0o644 })
  expect((await tally(home, ['key', 'new', 'other', '--passphrase-file', at('loose')])).exit).toBe(77)
})

test('a short passphrase is refused', async () => {
  await writeFile(at('short'), 'abc\n', { mode: 0o600 })
  expect(errorOf(await tally(home, ['key', 'new', 'other', '--passphrase-file', at('short'), '--json']))).toMatchObject(
    { code: 'PASSPHRASE' },
  )
})

test('a party and its statements are made offline, with the key that follows', async () => {
  const made = await tally(home, [
    'party',
    'new',
    'acme',
    '--title',
    'Acme ML',
    '--log',
    'coast.example/tally/1',
    '--no-passphrase',
    '--json',
  ])
  expect(made.exit).toBe(0)
  const id = textField(resultOf(made), 'id')
  const party = decodeStatement(new Uint8Array(await readFile(at('parties/acme.cose'))))
  expect(party).toMatchObject({ id, kind: 3, payload: { name: 'Acme ML', threshold: 1 } })
  expect(await stat(at('parties/acme.next.key'))).toBeDefined()
  expect((await tally(home, ['party', 'new', 'acme', '--log', 'coast.example/tally/1', '--no-passphrase'])).exit).toBe(
    9,
  )
  expect(resultOf(await tally(home, ['party', 'show', 'acme', '--json']))).toMatchObject({ id })
})

test('a dataset is signed into a file; without a terminal only with --yes', async () => {
  const args = [
    'dataset',
    'register',
    '--title',
    'Luo read',
    '--locale',
    'luo',
    '--log',
    'coast.example/tally/1',
    '--key',
    'acme',
    '-o',
    at('ds.cose'),
    '--json',
  ]
  expect(errorOf(await tally(home, args))).toMatchObject({ code: 'USAGE', exit: 2 })
  await expect(stat(at('ds.cose'))).rejects.toThrow('ENOENT')
  const made = await tally(home, [...args, '--yes'])
  expect(made.exit).toBe(0)
  const dataset = decodeStatement(new Uint8Array(await readFile(at('ds.cose'))))
  expect(dataset).toMatchObject({ id: resultOf(made)['id'], kind: 5, payload: { title: 'Luo read', locales: ['luo'] } })
  expect((await tally(home, ['submit', at('ds.cose'), '--dry-run'])).exit).toBe(0)
  expect((await tally(home, ['submit', at('ds.cose')])).exit).toBe(6)
})

test('--dry-run shows what would be signed, and signs nothing', async () => {
  const shown = await tally(home, [
    'usage',
    'attest',
    '--run',
    'r1',
    '--action',
    'train',
    '--from',
    '2026-11-01',
    '--to',
    '2026-11-03T10:00:00Z',
    '--key',
    'acme',
    '--dry-run',
    '--json',
  ])
  expect(resultOf(shown)).toMatchObject({
    kind: 'usage',
    payload: { run: 'r1', from: 1_793_491_200, to: 1_793_700_000, actions: ['train'] },
  })
})

test('terms in YAML: durations as 30d, defaults filled in; a wrong word names its place and exits 2', async () => {
  const id = textField(resultOf(await tally(home, ['party', 'show', 'acme', '--json'])), 'id')
  const terms = (action: string): string => `versions: { mode: lineage }
permit:
  - { id: r, actions: [${action}], if: [{ l: time, op: lt, r: 2027-01-01 }], duties: [attest] }
duties:
  attest: { action: attest-use, to: ${id}, due: { event: use-end, within: 30d }, evidence: usage }
revoke: { allowed: any, notice: 0, effect: { mode: stop-running, grace: 12h } }
`
  await writeFile(at('good.yaml'), terms('train'))
  await writeFile(at('bad.yaml'), terms('borrow'))
  const args = ['--dataset', at('ds.cose'), '--key', 'acme', '--dry-run', '--json']
  expect(resultOf(await tally(home, ['terms', 'publish', at('good.yaml'), ...args]))).toMatchObject({
    payload: {
      duties: { attest: { due: { within: 2_592_000 } } },
      revoke: { effect: { grace: 43_200 } },
      permit: [{ if: [{ r: 1_798_761_600 }] }],
    },
  })
  const unasked = ['--dataset', at('ds.cose'), '--key', 'acme', '-o', at('terms.cose')]
  const refused = await tally(home, ['terms', 'publish', at('good.yaml'), ...unasked])
  expect(refused.exit).toBe(2)
  expect(refused.err).toContain('- Whatever is not listed as allowed is not allowed.')
  expect(refused.err).toContain('--yes')
  expect(errorOf(await tally(home, ['terms', 'publish', at('bad.yaml'), ...args]))).toMatchObject({
    code: 'SCHEMA_INVALID',
    exit: 2,
    message: expect.stringContaining('actions') as string,
  })
})

test('what a statement lacks is told all at once, by the flags that give it', async () => {
  const key = ['--key', 'acme', '-o', at('never.cose'), '--json']
  const register = errorOf(await tally(home, ['dataset', 'register', '--log', 'a.example/log', ...key]))
  expect(register).toMatchObject({
    code: 'SCHEMA_INVALID',
    exit: 2,
    message: 'the dataset lacks title, locales',
    hint: 'add --title, --locale, or give the command a YAML file with "title", "locales"',
  })
  const version = errorOf(await tally(home, ['dataset', 'version', ...key]))
  expect(version).toMatchObject({ hint: expect.stringContaining('add --dataset, --label') as string })
  // No word of a file where the command takes none.
  const answer = errorOf(await tally(home, ['claim', 'answer', `bafkrei${'a'.repeat(52)}`, ...key]))
  expect(answer).toMatchObject({ message: 'the response lacks answer', hint: 'add --answer' })
})

test('a protected key signs with its passphrase and with no other', async () => {
  await writeFile(at('wrong'), 'incorrect horse battery\n', { mode: 0o600 })
  const args = [
    'claim',
    'file',
    '--respondent',
    'acme',
    '--allegation',
    'NO_PERMISSION',
    '--key',
    'safe',
    '--party',
    'acme',
    '--yes',
    '--json',
  ]
  expect(errorOf(await tally(home, [...args, '-o', at('no.cose'), '--passphrase-file', at('wrong')]))).toMatchObject({
    code: 'PASSPHRASE',
    exit: 1,
  })
  const signed = await tally(home, [...args, '-o', at('claim.cose'), '--passphrase-file', at('pass')])
  expect(signed.exit).toBe(0)
  // Nobody could look up whom it names.
  expect(signed.err).toContain('no node answers')
  expect(decodeStatement(new Uint8Array(await readFile(at('claim.cose')))).kind).toBe(20)
})
