/** What `tally doctor` says about a home whose node would not start: what `tally up` would, before anybody tries. */
import { chmod, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCliNode } from '../support/cli-node.ts'
import { errorOf, resultOf, tally, temporaryFolder } from '../support/cli-run.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let whole: string
const home = (): string => join(folder.path, 'b')

beforeAll(async () => {
  folder = await temporaryFolder()
  whole = join(folder.path, 'a')
  // Once up, so that there is a published head and a checkpoint.
  await (await startCliNode(whole, ['--name', 'Coast', '--origin', 'coast.example/log'])).stop()
})
afterAll(() => folder.remove())

async function brokenBy(damage: () => Promise<unknown>): Promise<void> {
  await rm(home(), { recursive: true, force: true })
  await cp(whole, home(), { recursive: true, mode: 0, preserveTimestamps: true })
  await damage()
}

async function problems(): Promise<{ what: string; fix?: string; code?: string }[]> {
  const found = await tally(home(), ['doctor', '--json'])
  expect(found.err).toBe('')
  const { findings } = resultOf(found) as { findings: { level: string; what: string; fix?: string; code?: string }[] }
  return findings.filter(({ level }) => level === 'problem')
}

const codes = async (): Promise<(string | undefined)[]> =>
  (await problems()).map(({ code }) => code).filter((code) => code !== undefined)

const file = (...names: string[]): string => join(home(), ...names)
const write = (text: string, ...names: string[]) => writeFile(file(...names), text)
const remove = (...names: string[]) => rm(file(...names), { recursive: true })

async function flipLogByte(): Promise<void> {
  const name = (await readdir(file('db'))).find((name) => name.endsWith('.log')) ?? ''
  const bytes = await readFile(file('db', name))
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  await writeFile(file('db', name), bytes)
}

async function renameOrigin(): Promise<void> {
  const text = await readFile(file('node.yaml'), 'utf8')
  await write(text.replace('coast.example/log', 'coast.example/other'), 'node.yaml')
}

it('finds nothing to stop a start of a whole home, and leaves it startable', async () => {
  await brokenBy(async () => undefined)
  const found = await problems()
  expect(found.map(({ code }) => code).filter((code) => code !== undefined)).toEqual([])
  expect(found).toContainEqual({ level: 'problem', what: 'the node is not running', fix: 'tally up' })
  await (await startCliNode(home(), [])).stop()
})

describe('names, with its fix, what `tally up` would end with:', () => {
  it.each([
    ['no head', () => remove('head'), 'DAMAGED'],
    ['a damaged head', () => write('{}\n', 'head'), 'STORE_CORRUPT'],
    ['no database', () => remove('db'), 'STORE_MISSING'],
    ['no COMMITTED', () => remove('db', 'COMMITTED'), 'STORE_MISSING'],
    ['a flipped byte in the write-ahead log', flipLogByte, 'STORE_CORRUPT'],
    ['no key', () => remove('keys', 'log.key'), 'FILE_NOT_FOUND'],
    ['a damaged key', () => write('?\n', 'keys', 'log.key'), 'KEY_MALFORMED'],
    ['a key that others can read', () => chmod(file('keys', 'log.key'), 0o644), 'UNSAFE_PERMISSIONS'],
    ['a home that others can write to', () => chmod(home(), 0o777), 'HOME_UNSAFE'],
    ['no card', () => remove('card.txt'), 'STORE_MISSING'],
    ['no network id', () => remove('network-id'), 'STORE_MISSING'],
    ['the origin of another log', renameOrigin, 'CONFIG_INVALID'],
    ['a damaged card of a peer', () => write('?\n', 'peers', 'x.card'), 'CARD_MALFORMED'],
    ['settings that are none', () => write('listen: 7\n', 'node.yaml'), 'CONFIG_INVALID'],
  ])('%s', async (_, damage, code) => {
    await brokenBy(damage)
    const found = await problems()
    expect(found.map((problem) => problem.code).filter((found) => found !== undefined)).toEqual([code])
    expect(found.every(({ fix }) => fix !== undefined && fix !== '')).toBe(true)
    expect(errorOf(await tally(home(), ['up', '--json']))).toMatchObject({ code })
  })
})

it('names every fault, and folders that are gone', async () => {
  await brokenBy(async () => {
    await remove('head')
    await remove('card.txt')
    await remove('keys')
    await remove('parties')
  })
  expect(await codes()).toEqual(['STORE_MISSING', 'FILE_NOT_FOUND', 'DAMAGED'])
  const said = (await problems()).map(({ what }) => what).join('\n')
  expect(said).toContain(`there is no folder ${file('parties')}`)
})

it('fsck does not pass a home without its head file', async () => {
  await brokenBy(() => remove('head'))
  const checked = await tally(home(), ['fsck', '--json'])
  expect(checked.exit).toBe(8)
  expect(resultOf(checked)).toMatchObject({ ok: false, findings: [{ code: 'HEAD_MISSING' }] })
})
