import { existsSync } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorOf, tally, temporaryFolder } from '../support/cli-run.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => void (folder = await temporaryFolder()))
afterAll(() => folder.remove())

/** Every command that needs a node says so with exit 6; nothing is written. */
const NEED_A_NODE: readonly (readonly string[])[] = [
  ['status'],
  ['join', 'tally1xyz'.padEnd(120, 'x')],
  ['policy'],
  ['peer', 'list'],
  ['peer', 'card'],
  ['peer', 'invite'],
  ['peer', 'add', 'card'.padEnd(120, 'x')],
  ['peer', 'remove', 'a.example/1'],
  ['witness', 'list'],
  ['witness', 'status'],
  ['log', 'show'],
  ['log', 'head'],
  ['log', 'unfollow', 'a.example/1'],
  ['log', 'unfreeze', 'a.example/1', '--yes'],
  ['dataset', 'list'],
  ['terms', 'list'],
  ['grant', 'list'],
  ['usage', 'list'],
  ['export', '--out', '/nonexistent/dir'],
]

test.each(NEED_A_NODE.map((args) => [args.join(' '), args] as const))(
  '%s exits 6 where no node runs',
  async (_, args) => {
    const { exit, out, err } = await tally(folder.path, [...args, '--json'])
    expect(exit).toBe(6)
    expect(out).toBe('')
    expect(errorOf({ exit, out, err })).toMatchObject({ code: 'NODE_NOT_RUNNING', exit: 6 })
  },
)

const WRONG_USAGE: readonly (readonly string[])[] = [
  [],
  ['statsu'],
  ['party'],
  ['party', 'nwe'],
  ['verify'],
  ['status', '--frobnicate'],
  ['status', '--timeout', 'soon'],
  ['status', '--home', ''],
  // It would promise that nothing happens, where something does.
  ['repair', '--from-peers', '--yes', '--dry-run'],
  ['peer', 'remove', 'a.example/1', '--dry-run'],
  ['blob', 'put', 'package.json', '--dry-run'],
  ['blob', 'erase', '--local', 'bafyreic44fxynrhtrdwgwxt5iqx7auxrlk6q5qv7n5g7w4hskkvyeqfyoq', '--dry-run'],
  ['verify', '/nonexistent.car', '--policy', '/nonexistent.txt', '--lang', 'zz'],
  ['key', 'new', '../x', '--no-passphrase'],
  ['verify', 'claim.car', '--policy', ''],
  ['repair'],
  ['backup', '--no-passphrase', '-o', 'x'],
  ['bundle', 'make', '-o', 'x'],
  ['bundle', 'make', '--use', 'nothing', '-o', 'x'],
  ['dataset', 'show', 'not-an-id'],
  ['init'],
  ['init', '--name', 'A', '--origin', 'https://a.example:80', '--no-passphrase'],
  ['init', '--name', '', '--no-passphrase'],
  ['init', '--name', 'A', '--no-passphrase', '--listen', 'nonsense'],
  ['init', '--name', 'A', '--no-passphrase', '--listen', '/ip4/0.0.0.0/udp/4001'],
  ['init', '--name', 'A', '--no-passphrase', '--announce', 'https://a.example'],
  ['init', '--name', 'A', '--no-passphrase', '--member', 'notaparty'],
  ['init', '--name', 'A', '--no-passphrase', '--home', `/tmp/${'long'.repeat(30)}`],
  ['usage', 'start', '--run', 'r'],
]

test.each(WRONG_USAGE.map((args) => [args.join(' '), args] as const))('wrong usage "%s" exits 2', async (_, args) => {
  const { exit, out, err } = await tally(folder.path, [...args, '--json'])
  expect(errorOf({ exit, out, err })).toMatchObject({
    exit: 2,
    docs: expect.stringMatching(/^docs\/errors\.md#/u) as string,
  })
  expect(exit).toBe(2)
  expect(out).toBe('')
})

test('what init refuses is not sent to a node.yaml that does not exist, and nothing is made', async () => {
  const home = `${folder.path}/refused`
  const { err } = await tally(home, ['init', '--name', '', '--no-passphrase'])
  expect(err).toMatch(/hint: nothing was made; correct the flag/u)
  expect(existsSync(home)).toBe(false)
})

test('a name may be typed in either Unicode form', async () => {
  const home = `${folder.path}/typed`
  const { exit, out } = await tally(home, ['init', '--name', 'Cafe\u0301', '--no-passphrase', '--json'])
  expect(exit).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ name: 'Caf\u00E9' })
})

test('an empty TALLYSTICK_HOME is not the current folder', async () => {
  expect(errorOf(await tally('', ['status', '--json']))).toMatchObject({ code: 'USAGE', exit: 2 })
})

test('a bundle larger than any is refused before it is read', async () => {
  const bundle = `${folder.path}/huge.car`
  // Sparse: it takes no space.
  await writeFile(bundle, '')
  await truncate(bundle, 2 ** 30 + 1)
  await writeFile(`${folder.path}/policy.txt`, 'quorum none\n')
  const run = await tally(folder.path, ['verify', bundle, '--policy', `${folder.path}/policy.txt`, '--json'])
  expect(errorOf(run)).toMatchObject({ code: 'BUNDLE_LIMIT', exit: 3 })
})

test('an unknown command is answered with the one that was meant', async () => {
  const { err } = await tally(folder.path, ['statsu'])
  expect(err).toMatch(/^tally: error: unknown command 'statsu' .*\ntally: hint: did you mean status\?\n$/u)
})

test.each([
  ['verify', '/nonexistent.car', '--policy', '/nonexistent.txt'],
  ['bundle', 'inspect', '/nonexistent.car'],
  ['submit', '/nonexistent.cose'],
  ['restore', '/nonexistent.age'],
  ['import', '/nonexistent'],
  ['key', 'show', 'nobody'],
  ['fsck'],
  ['up'],
])('a missing file or home exits 10: %s', async (...args) => {
  expect((await tally(folder.path, args)).exit).toBe(10)
})

test.each([['--help'], ['party', '--help'], ['grant', 'issue', '--help'], ['--version']])(
  '%s exits 0',
  async (...args) => {
    const { exit, out, err } = await tally(folder.path, args)
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(out).not.toBe('')
  },
)

test('help names every command and the exit codes', async () => {
  const { out } = await tally(folder.path, ['--help'])
  for (const name of ['init', 'up', 'verify', 'grant', 'bundle', 'doctor', 'export', 'Exit codes'])
    expect(out).toContain(name)
})

test('the help of a command says where the flags of all commands are', async () => {
  for (const args of [['verify'], ['grant', 'issue']])
    expect((await tally(folder.path, [...args, '--help'])).out).toContain('Flags of every command, such as --home,')
  expect((await tally(folder.path, ['--help'])).out).not.toContain('Flags of every command')
})

test('a statement file that is none exits 3 before anything is sent', async () => {
  const { exit, err } = await tally(folder.path, ['submit', '-', '--json'], 'hello')
  expect(exit).toBe(3)
  expect(err).not.toContain('NODE_NOT_RUNNING')
})

test('doctor says that no node lives here and exits 1', async () => {
  const { exit, out } = await tally(folder.path, ['doctor', '--json'])
  expect(exit).toBe(1)
  expect(JSON.parse(out)).toMatchObject({ schema: 'tallystick/doctor/1', ok: false, exit: 1 })
})

test.each([
  ['verify', 'POLICY_MALFORMED', ['verify', 'binary', '--policy', 'binary']],
  ['log check', 'POLICY_MALFORMED', ['log', 'check', 'binary', `bafkrei${'a'.repeat(52)}`, '--policy', 'binary']],
  ['gate', 'LOCK_MALFORMED', ['gate', '--lock', 'binary']],
  ['terms explain', 'SCHEMA_INVALID', ['terms', 'explain', 'binary']],
  ['join', 'USAGE', ['join', 'binary']],
  ['peer add', 'USAGE', ['peer', 'add', 'binary']],
] as const)('bytes that are no text exit 2 with the name of the file: %s', async (_, code, args) => {
  const path = join(folder.path, 'binary')
  await writeFile(path, new Uint8Array([0xff, 0xfe, 0x00, 0x80]))
  const error = errorOf(await tally(folder.path, [...args.map((word) => (word === 'binary' ? path : word)), '--json']))
  expect(error).toMatchObject({ code, exit: 2, message: expect.stringContaining(path) as string })
})

test.each([
  ['verify', 'BUNDLE_MALFORMED', 3, ['verify', 'wrong', '--policy', 'trust']],
  ['verify --policy', 'POLICY_MALFORMED', 2, ['verify', 'wrong', '--policy', 'wrong']],
  ['bundle inspect', 'BUNDLE_MALFORMED', 3, ['bundle', 'inspect', 'wrong']],
  ['submit', 'CBOR_MALFORMED', 3, ['submit', 'wrong']],
  ['log check', 'CBOR_MALFORMED', 3, ['log', 'check', 'wrong', 'a'.repeat(64), '--policy', 'trust']],
  ['log audit', 'PROOF_MALFORMED', 3, ['log', 'audit', 'wrong', '--policy', 'trust']],
] as const)('a file that is something else is named, with what was expected: %s', async (_, code, exit, args) => {
  const files = { wrong: join(folder.path, 'wrong'), trust: join(folder.path, 'trust') }
  await writeFile(files.wrong, '# A letter, not a proof\n')
  await writeFile(files.trust, 'quorum none\n')
  const named = args.map((word) => (word === 'wrong' || word === 'trust' ? files[word] : word))
  expect(errorOf(await tally(folder.path, [...named, '--json']))).toMatchObject({
    code,
    exit,
    message: expect.stringMatching(new RegExp(`^${files.wrong}: `, 'u')) as string,
    hint: expect.stringMatching(/./u) as string,
  })
})

test.each([
  ['no JSON', '{', 'MODEL_CARD_MALFORMED'],
  ['no map', '[]', 'MODEL_CARD_MALFORMED'],
  ['an unknown field', '{"sha265":"aa"}', 'MODEL_CARD_MALFORMED'],
  ['no model', '{"run":"tts-2"}', 'MODEL_CARD_MALFORMED'],
  ['one model where models are listed', '{"outputs":{"file":"model.bin"}}', 'MODEL_CARD_MALFORMED'],
  ['an unknown field of a model', `{"outputs":[{"sha256":"${'ab'.repeat(32)}","nmae":"x"}]}`, 'MODEL_CARD_MALFORMED'],
  ['a digest in upper case', `{"sha256":"${'AB'.repeat(32)}"}`, 'HEX_MALFORMED'],
  ['a digest cut short', '{"sha256":"abab"}', 'HEX_MALFORMED'],
])('a model card with %s is named, and exits 2', async (_, card, code) => {
  const path = join(folder.path, 'model.json')
  await writeFile(path, card)
  const args = ['usage', 'attest', '--model', path, '--run', 'r', '--json']
  expect(errorOf(await tally(folder.path, args))).toMatchObject({
    code,
    exit: 2,
    message: expect.stringMatching(new RegExp(`^${path}: `, 'u')) as string,
  })
})

test('a file that is not there is named once, and looked for', async () => {
  const trust = join(folder.path, 'trust')
  await writeFile(trust, 'quorum none\n')
  const missing = join(folder.path, 'missing.snapshot')
  expect(errorOf(await tally(folder.path, ['log', 'audit', missing, '--policy', trust, '--json']))).toMatchObject({
    code: 'FILE_NOT_FOUND',
    exit: 10,
    message: `no such file: ${missing}`,
    hint: expect.stringContaining('check the name') as string,
  })
})

test('an --out that a command has no use for is told', async () => {
  const out = join(folder.path, 'not-written')
  const listed = await tally(folder.path, ['key', 'list', '--out', out])
  expect(listed.exit).toBe(0)
  expect(listed.err).toContain(`warning: --out has no use here: nothing was written to ${out}`)
  expect(existsSync(out)).toBe(false)
})
