import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCliNode } from '../support/cli-node.ts'
import type { RunningCli } from '../support/cli-node.ts'
import { errorOf, resultOf, tally, temporaryFolder, textField } from '../support/cli-run.ts'
import type { Finished } from '../support/cli-run.ts'

const ORIGIN = 'coast.example/tally/1'
const HEX = 'ab'.repeat(32)
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let node: RunningCli
let buyer: string
const at = (name: string): string => join(folder.path, name)
const own = (...args: string[]): Promise<Finished> => tally(node.home, [...args, '--json', '--yes'])
const away = (...args: string[]): Promise<Finished> => tally(buyer, [...args, '--json', '--yes'])

async function made(finished: Promise<Finished>): Promise<string> {
  const result = await finished
  if (result.exit !== 0) throw new Error(`exit ${result.exit}: ${result.err}`)
  return textField(resultOf(result), 'id')
}

beforeAll(async () => {
  folder = await temporaryFolder()
  buyer = at('b')
  node = await startCliNode(at('n'), ['--name', 'Coast', '--origin', ORIGIN, '--admission', 'open'])
})
afterAll(async () => {
  await node.stop()
  await folder.remove()
})

test('status says that nobody witnesses the log', async () => {
  expect(resultOf(await own('status'))).toMatchObject({
    schema: 'tallystick/status/1',
    ok: true,
    origin: ORIGIN,
    operators: 0,
  })
})

test('status --node is refused: it would tell about another node than the one that was named', async () => {
  expect(errorOf(await own('status', '--node', node.address))).toMatchObject({ code: 'USAGE', exit: 2 })
})

test.each(['terms list', 'dataset list', 'peer list', 'policy', 'log head', 'witness status'])(
  '%s with --node is refused, not answered by the own node',
  async (command) => {
    const refused = await own(...command.split(' '), '--node', node.address)
    expect(errorOf(refused)).toMatchObject({ code: 'USAGE', exit: 2 })
  },
)

test.each([
  ['join', 'an invitation'],
  ['peer add', 'a card'],
  ['log follow', 'a card'],
])('%s with a mistyped file name says that it is neither a file nor %s', async (command, what) => {
  expect(errorOf(await own(...command.split(' '), 'nope.txt'))).toMatchObject({
    code: 'USAGE',
    exit: 2,
    message: `"nope.txt" is neither a file nor ${what}`,
  })
})

test.each(['invite', 'card'])('peer %s writes to the file of -o what it prints without', async (what) => {
  const file = at(`${what}.txt`)
  const written = await tally(node.home, ['peer', what, '-o', file])
  expect(written).toMatchObject({ exit: 0, out: '' })
  expect((await readFile(file, 'utf8')).trim()).toBe((await tally(node.home, ['peer', what])).out.trim())
})

test('where no node lives in the home, that is said', async () => {
  const refused = await tally(at('mistyped'), ['peer', 'list', '--json'])
  expect(errorOf(refused)).toMatchObject({
    code: 'NODE_NOT_RUNNING',
    message: expect.stringContaining('no node lives in') as string,
  })
})

test('a port that another program uses is named, and exits 7', async () => {
  const [, , , , port] = node.address.split('/')
  const home = at('second')
  const listen = `/ip4/127.0.0.1/tcp/${port ?? ''}`
  const init = ['init', '--name', 'Second', '--origin', 'second.example/tally/1', '--listen', listen, '--no-passphrase']
  expect((await tally(home, init)).exit).toBe(0)
  expect(errorOf(await tally(home, ['up', '--json']))).toMatchObject({
    code: 'ADDRESS_IN_USE',
    exit: 7,
    message: expect.stringContaining(listen) as string,
    hint: expect.stringContaining('`listen` in node.yaml') as string,
  })
})

test('unfreeze says nothing of a freeze that does not exist', async () => {
  for (const origin of ['nosuch.example/log', ORIGIN]) {
    const refused = await own('log', 'unfreeze', origin)
    expect(errorOf(refused)).toMatchObject({ code: 'NOT_FOUND', exit: 10 })
    expect(refused.err).not.toContain('is lifted')
  }
})

test.each([
  ['log', 'show', 'nosuch.example/log'],
  ['log', 'head', 'nosuch.example/log'],
])('a log that is not held here is told as such: %s %s', async (...args) => {
  expect(errorOf(await own(...args))).toMatchObject({ code: 'UNKNOWN_LOG', exit: 10 })
})

test('init on an existing home exits 9 and draws nothing', async () => {
  const before = await readdir(join(node.home, 'parties'))
  expect(errorOf(await own('init', '--name', 'X', '--no-passphrase'))).toMatchObject({ code: 'STORE_EXISTS', exit: 9 })
  expect(await readdir(join(node.home, 'parties'))).toEqual(before)
})

test('fsck and a second node beside a running one exit 7', async () => {
  expect((await own('fsck')).exit).toBe(7)
  expect((await own('up')).exit).toBe(7)
})

test('a story: dataset, terms, grant, a buyer without a node, usage, bundle, proof, revocation', async () => {
  const dataset = await made(own('dataset', 'register', '--title', 'Luo', '--locale', 'luo'))
  const version = await made(
    own('dataset', 'version', '--dataset', dataset, '--label', '25.0', '--archive-sha256', HEX, '--archive-bytes', '5'),
  )
  await writeFile(
    at('t.yaml'),
    'versions: { mode: lineage }\npermit: [{ id: r, actions: [train] }]\nrevoke: { allowed: any, notice: 0, effect: { mode: no-new-use } }\n',
  )
  const terms = await made(own('terms', 'publish', at('t.yaml'), '--dataset', dataset))
  const grant = await made(own('grant', 'issue', '--terms', terms))

  await away('party', 'new', 'acme', '--log', ORIGIN, '--no-passphrase')
  const first = await away('submit', join(buyer, 'parties/acme.cose'), '--node', node.address, '-o', at('receipt.cose'))
  expect(resultOf(first)).toMatchObject({ state: 'unwitnessed', origin: ORIGIN })
  expect((await readFile(at('receipt.cose')))[0]).toBe(0xd2)
  // The same statement again: the same entry.
  const again = await away('submit', join(buyer, 'parties/acme.cose'), '--node', node.address)
  expect(resultOf(again)['index']).toBe(resultOf(first)['index'])

  await made(away('grant', 'accept', grant, '--terms', terms, '--node', node.address))
  const usage = await made(
    away(
      'usage',
      'attest',
      '--run',
      'r',
      '--action',
      'train',
      '--from',
      '2026-11-01',
      '--to',
      '2026-11-02',
      '--dataset',
      `${version}:${grant}`,
      '--complete',
      '--node',
      node.address,
    ),
  )
  const listed = await own('usage', 'list')
  expect(JSON.parse(listed.out.trim())).toMatchObject({ id: usage, kindName: 'usage', isSignatureValid: true })
  expect(resultOf(await own('grant', 'show', grant))).toMatchObject({
    related: [{ kindName: 'acceptance' }, { kindName: 'usage' }],
  })

  expect((await own('bundle', 'make', '--use', usage, '-o', at('u.car'))).exit).toBe(0)
  expect((await away('bundle', 'make', '--use', usage, '-o', at('v.car'), '--node', node.address)).exit).toBe(0)
  expect((await own('policy', '-o', at('p.txt'))).exit).toBe(0)
  // A lone operator never counts for its own log: nothing in the policy vouches for it.
  const verified = await tally(buyer, ['verify', at('u.car'), '--policy', at('p.txt'), '--json'])
  expect(verified.exit).toBe(11)
  expect(resultOf(verified)).toMatchObject({ schema: 'tallystick/verify/1', ok: false, exit: 11 })
  const once = await tally(buyer, ['verify', at('u.car'), '--policy', at('p.txt'), '-o', '-'])
  expect(once).toMatchObject({ exit: 11, out: verified.out })
  const bytes = await readFile(at('u.car'))
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1
  await writeFile(at('x.car'), bytes)
  expect((await tally(buyer, ['verify', at('x.car'), '--policy', at('p.txt')])).exit).toBe(3)
  await writeFile(at('bad.txt'), 'nonsense\n')
  expect((await tally(buyer, ['verify', at('u.car'), '--policy', at('bad.txt')])).exit).toBe(2)

  // Nor for its index: what it lists may not be all.
  for (const question of [
    ['log', 'about', dataset],
    ['log', 'absent', dataset, '--kind', 'claim'],
  ])
    expect(await own(...question), question.join(' ')).toMatchObject({ exit: 5 })

  const proof = await tally(node.home, ['log', 'proof', usage])
  expect(proof.out).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex \d+\n/u)
  expect((await own('grant', 'revoke', grant)).exit).toBe(0)
  expect((await own('grant', 'show', `bafkrei${'a'.repeat(52)}`)).exit).toBe(10)
})

test('a refusal over libp2p says what to do next, and so does the attempt after it', async () => {
  const strict = await startCliNode(at('s'), ['--name', 'Strict', '--origin', 'strict.example/tally/1'])
  const stranger = at('z')
  const args = ['party', 'new', 'z', '--log', ORIGIN, '--no-passphrase', '--submit', '--node', strict.address, '--json']
  expect(errorOf(await tally(stranger, args))).toMatchObject({
    code: 'NOT_ADMITTED',
    exit: 9,
    hint: expect.stringContaining('ask the operator') as string,
  })
  expect(errorOf(await tally(stranger, args))).toMatchObject({
    code: 'FILE_EXISTS',
    hint: expect.stringContaining(
      `tally submit ${join(stranger, 'parties/z.cose')} --node ${strict.address}`,
    ) as string,
  })
  await strict.stop()
})

test('a log is exported as a tlog-tiles folder and taken again without change', async () => {
  expect((await own('export', '--out', at('x'))).exit).toBe(0)
  expect((await readdir(at('x'))).sort()).toEqual(['checkpoint', 'log.vkey', 'tile'])
  expect(resultOf(await own('import', at('x')))).toMatchObject({ refused: 0 })
  await mkdir(at('y'))
  expect((await own('export', '--out', at('y'))).exit).toBe(9)
})

test('an import of which nothing is taken exits 9 and says why', async () => {
  const strict = await startCliNode(at('m'), ['--name', 'Strict', '--origin', 'strict.example/1'])
  try {
    const run = await tally(strict.home, ['import', at('x'), '--json'])
    const { taken, refused, reasons } = resultOf(run)
    expect({ exit: run.exit, taken }).toEqual({ exit: 9, taken: 0 })
    expect(refused).toBeGreaterThan(0)
    expect(reasons).toEqual({ NOT_ADMITTED: refused })
  } finally {
    await strict.stop()
  }
})

test('a key is rotated, and the next statement is signed by the new one', async () => {
  const before = textField(resultOf(await own('key', 'show', 'coast')), 'publicKey')
  expect((await own('party', 'rotate', '--no-passphrase')).exit).toBe(0)
  expect(textField(resultOf(await own('key', 'show', 'coast')), 'publicKey')).not.toBe(before)
  expect((await own('dataset', 'register', '--title', 'Two', '--locale', 'luo')).exit).toBe(0)
})

test('a backup is encrypted, restores into a new home, and never over one', async () => {
  await writeFile(at('pw'), 'correct horse battery\n', { mode: 0o600 })
  const pass = ['--passphrase-file', at('pw')]
  expect((await own('backup', '-o', at('k.age'), ...pass)).exit).toBe(0)
  expect(await readFile(at('k.age'), 'utf8')).toContain('BEGIN AGE ENCRYPTED FILE')
  expect(errorOf(await own('restore', at('k.age'), ...pass))).toMatchObject({ code: 'STORE_EXISTS', exit: 9 })
  expect((await tally(at('r'), ['restore', at('k.age'), '--yes', ...pass])).exit).toBe(0)
  expect(await readFile(join(at('r'), 'keys/log.key'), 'utf8')).toBe(
    await readFile(join(node.home, 'keys/log.key'), 'utf8'),
  )
})

test('Ctrl-C ends the node with exit 0, and fsck then finds everything in its place', async () => {
  expect((await node.stop()).exit).toBe(0)
  expect(resultOf(await own('fsck'))).toMatchObject({ schema: 'tallystick/fsck/1', ok: true })
  expect((await own('status')).exit).toBe(6)
})
