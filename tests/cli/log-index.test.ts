/** What a log says about a subject and what it does not, asked of the own node, of a peer, and of a file, with real programs. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCliNetwork } from '../support/cli-network.ts'
import type { CliNetwork } from '../support/cli-network.ts'
import { errorOf, type Finished, resultOf, tally, textField } from '../support/cli-run.ts'

let network: CliNetwork
let dataset: string
let grant: string
let revoked: string
let policy: string
const at = (name: string): string => join(network.path, name)
const owner = (...args: string[]): Promise<Finished> =>
  tally(network.nodes[0]?.home ?? '', [...args, '--json', '--yes'])
/** Somebody without a node. */
const auditor = (...args: string[]): Promise<Finished> => tally(at('nobody'), [...args, '--json'])
const origin = (i: number): string => network.origins[i] ?? ''

interface About {
  origin: string
  size: number
  asOf: number | null
  mirrors: string[]
  isVouchedFor: boolean
  lists: { kind: string; isIssuer: boolean; count: number; entries: number[] }[]
}
const logsOf = (finished: Finished): About[] => resultOf(finished)['logs'] as About[]

async function made(finished: Promise<Finished>): Promise<string> {
  const result = await finished
  if (result.exit !== 0) throw new Error(`exit ${result.exit}: ${result.err}`)
  return textField(resultOf(result), 'id')
}

/** Answers once every log is published, witnessed and known to the node asked: some moments after the last statement. */
async function settled(ask: () => Promise<Finished>): Promise<Finished> {
  for (let left = 40; ; left--) {
    const found = await ask()
    if (left === 0 || ![5, 6, 10].includes(found.exit ?? 0)) return found
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

beforeAll(async () => {
  network = await startCliNetwork(['Coast', 'Library'])
  const me = textField(resultOf(await owner('party', 'show', 'coast')), 'id')
  dataset = await made(owner('dataset', 'register', '--title', 'Luo', '--locale', 'luo'))
  const file = at('terms.yaml')
  await owner('terms', 'new', file, '--preset', 'cc0-no-rehosting', '--generative', 'yes')
  const terms = await made(owner('terms', 'publish', file, '--dataset', dataset))
  grant = await made(owner('grant', 'issue', '--terms', terms, '--to', me))
  revoked = await made(owner('grant', 'issue', '--terms', terms))
  await made(owner('grant', 'revoke', revoked))
  policy = at('policy.txt')
  await writeFile(policy, (await tally(network.nodes[0]?.home ?? '', ['policy'])).out)
}, 90_000)
afterAll(async () => network.stop())

describe('tally log absent', () => {
  it('proves that a grant is not revoked, and ends with 0', async () => {
    const found = await settled(() => owner('log', 'absent', grant, '--kind', 'revocation', '--log', origin(0)))
    expect(found.exit).toBe(0)
    expect(resultOf(found)).toMatchObject({ ok: true, absent: true, kinds: ['revocation'] })
    expect(logsOf(found)).toMatchObject([{ origin: origin(0), isVouchedFor: true, lists: [] }])
  })

  it('asks every log held, and ends with 5 while one of them proves nothing', async () => {
    const found = await owner('log', 'absent', grant, '--kind', 'revocation')
    const logs = logsOf(found)
    const silent = (resultOf(found)['silent'] as { origin: string }[]).map((log) => log.origin)
    expect([...logs.map((log) => log.origin), ...silent].toSorted()).toEqual([...network.origins].toSorted())
    const isProved = silent.length === 0 && logs.every((log) => log.isVouchedFor && log.asOf !== null)
    expect(found.exit).toBe(isProved ? 0 : 5)
  })

  it('says where a revocation is, and ends with 1', async () => {
    const found = await settled(() => owner('log', 'absent', revoked, '--kind', 'revocation', '--log', origin(0)))
    expect(found.exit).toBe(1)
    expect(logsOf(found)[0]?.lists).toMatchObject([{ kind: 'revocation', count: 1 }])
  })

  it('refuses a kind that does not exist, and a subject that is none', async () => {
    expect(errorOf(await owner('log', 'absent', grant, '--kind', 'revokation'))).toMatchObject({
      code: 'USAGE',
      exit: 2,
    })
    expect((await owner('log', 'absent', 'bafy', '--kind', 'revocation')).exit).toBe(2)
    expect(errorOf(await owner('log', 'about', grant, '--log', 'nowhere.example/log'))).toMatchObject({ exit: 10 })
  })
})

describe('tally log about', () => {
  it('lists everything of every kind, and what the subject issued', async () => {
    const [log] = logsOf(await settled(() => owner('log', 'about', dataset, '--log', origin(0))))
    expect(log?.lists.map(({ kind, count }) => [kind, count])).toContainEqual(['terms', 1])
    const me = textField(resultOf(await owner('party', 'show', 'coast')), 'id')
    const [party] = logsOf(await owner('log', 'about', me, '--log', origin(0)))
    expect(party?.lists).toContainEqual(expect.objectContaining({ kind: 'grant', isIssuer: true, count: 2 }))
    expect(party?.lists).toContainEqual(expect.objectContaining({ kind: 'revocation', isIssuer: true, count: 1 }))
  })

  it('names the statements: whose they are, what they call themselves, and their ids', async () => {
    const [{ lists } = { lists: [] }] = logsOf(await owner('log', 'about', revoked, '--log', origin(0)))
    const found = lists.find(({ kind }) => kind === 'revocation') as unknown as {
      statements: { id: string; by: string }[]
    }
    expect(found.statements).toHaveLength(1)
    const [{ id, by } = { id: '', by: '' }] = found.statements
    expect(by).toBe('Coast')
    expect(resultOf(await owner('grant', 'show', revoked))['related']).toContainEqual(expect.objectContaining({ id }))
    const text = (await tally(network.nodes[0]?.home ?? '', ['log', 'about', revoked, '--log', origin(0)])).out
    expect(text).toContain(id)
  })

  it('counts as of an older size', async () => {
    const now = logsOf(await owner('log', 'about', revoked, '--log', origin(0), '--kind', 'revocation'))[0]
    const place = now?.lists[0]?.entries[0] ?? 0
    const countAt = async (size: number): Promise<number> => {
      const found = await owner(
        'log',
        'about',
        revoked,
        '--log',
        origin(0),
        '--kind',
        'revocation',
        '--as-of',
        String(size),
      )
      return logsOf(found)[0]?.lists[0]?.count ?? 0
    }
    expect([await countAt(place), await countAt(place + 1)]).toEqual([0, 1])
    expect(errorOf(await owner('log', 'about', revoked, '--log', origin(0), '--as-of', '100000'))).toMatchObject({
      code: 'TREE_RANGE',
      exit: 2,
    })
  })

  it('is proved as of an older size too, live and in a file', async () => {
    const about = ['--kind', 'revocation', '--log', origin(0)]
    const place = logsOf(await owner('log', 'about', revoked, ...about))[0]?.lists[0]?.entries[0] ?? 0
    expect((await owner('log', 'absent', revoked, ...about, '--as-of', String(place))).exit).toBe(0)
    expect((await owner('log', 'absent', revoked, ...about, '--as-of', String(place + 1))).exit).toBe(1)
    expect(errorOf(await owner('log', 'absent', revoked, '--kind', 'revocation', '--as-of', '5'))).toMatchObject({
      code: 'USAGE',
    })
    for (const [size, count] of [
      [place, 0],
      [place + 1, 1],
    ] as const) {
      const file = at(`as-of-${size}.proof`)
      const proved = await owner('log', 'prove', revoked, ...about, '--as-of', String(size), '--out', file)
      expect(proved.exit).toBe(0)
      const [log] = logsOf(await auditor('log', 'check', file, revoked, '--kind', 'revocation', '--policy', policy))
      expect(log).toMatchObject({ asOfSize: size, isVouchedFor: true })
      expect(log?.lists.map((list) => list.count)).toEqual(count === 0 ? [] : [count])
    }
  })

  it('is checked by the command that prove prints, with its kinds', async () => {
    const file = at('kinds.proof')
    const home = network.nodes[0]?.home ?? ''
    const { out } = await tally(home, ['log', 'prove', dataset, '--kind', 'usage', '--log', origin(0), '--out', file])
    expect(out).toContain('--kind usage')
    const args = ['log', 'check', file, dataset, '--kind', 'usage', '--policy', policy]
    expect((await tally(at('nobody'), args)).out).toContain('No usage refers to')
    // Of kinds whose lists it does not hold it tells the count.
    expect((await auditor('log', 'check', file, dataset, '--policy', policy)).exit).toBe(0)
  })

  it('is not believed from evidence that is older than the policy allows', async () => {
    const strict = at('strict.txt')
    const text = (await readFile(policy, 'utf8')).replace(/^#tally max-staleness .*$/mu, '')
    await writeFile(strict, `${text}\n#tally max-staleness 1s\n`)
    await new Promise((resolve) => setTimeout(resolve, 2100))
    const args = ['log', 'absent', grant, '--kind', 'revocation', '--log', origin(0), '--policy', strict]
    const { out, exit } = await tally(network.nodes[0]?.home ?? '', args)
    expect({ out, exit }).toMatchObject({
      exit: 5,
      out: expect.stringContaining('Older than your policy allows') as string,
    })
  })

  it('reads as sentences', async () => {
    const { out } = await tally(network.nodes[0]?.home ?? '', [
      'log',
      'absent',
      grant,
      '--kind',
      'revocation',
      '--log',
      origin(0),
    ])
    expect(out).toMatch(
      /^No revocation refers to \S+ in coast\.example\/tally\/1 \(\d+ entries, witnessed until .*, vouched for by 1 mirror\)\.\n$/,
    )
  })
})

describe('somebody without a node', () => {
  it('asks any node over libp2p, and believes only what the trust file does', async () => {
    const address = network.nodes[0]?.address ?? ''
    const ask = (...more: string[]) =>
      auditor('log', 'absent', grant, '--kind', 'revocation', '--node', address, '--log', origin(0), ...more)
    const found = await settled(() => ask('--policy', policy))
    expect(logsOf(found)).toMatchObject([{ isVouchedFor: true, asOf: expect.any(Number) as number }])
    expect(found.exit).toBe(0)
    expect(errorOf(await ask())).toMatchObject({ code: 'USAGE' })
    const none = at('none.txt')
    await writeFile(none, 'quorum none\n')
    expect((await ask('--policy', none)).exit).toBe(5)
  })

  it('checks one file offline, for this subject only, and refuses a changed one', async () => {
    const proof = at('grant.proof')
    expect((await settled(() => owner('log', 'prove', grant, '--out', proof))).exit).toBe(0)
    const found = await auditor('log', 'check', proof, grant, '--policy', policy)
    expect(found.exit).toBe(0)
    expect(logsOf(found)[0]?.lists.map(({ kind }) => kind)).not.toContain('revocation')
    // Of others that are in the index it says nothing: where the grant is not, it shows one neighbour for each of two keys.
    const me = textField(resultOf(await owner('party', 'show', 'coast')), 'id')
    const exits = await Promise.all(
      [dataset, revoked, me].map(
        async (other) => (await auditor('log', 'check', proof, other, '--policy', policy)).exit,
      ),
    )
    expect(exits).toContain(3)
    const bytes = await readFile(proof)
    expect(bytes.length).toBeLessThan(6000)
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1
    await writeFile(proof, bytes)
    expect((await auditor('log', 'check', proof, grant, '--policy', policy)).exit).toBe(3)
  })

  it('audits the whole index of a log in one file, and refuses one that lacks a record', async () => {
    const file = at('index.snapshot')
    const saved = await settled(() => owner('log', 'snapshot', '--out', file))
    expect(resultOf(saved)).toMatchObject({ origin: origin(0), file })
    await writeFile(at('subjects.txt'), `${revoked}\n\n${'00'.repeat(32)}\n`)
    const ask = ['log', 'audit', file, '--subject', grant, '--subjects', at('subjects.txt')]
    const found = await auditor(...ask, '--policy', policy)
    expect(found.exit).toBe(0)
    const { answers, isVouchedFor, subjects } = resultOf(found) as unknown as {
      answers: { subject: string; lists: { kind: string; count: number }[] }[]
      isVouchedFor: boolean
      subjects: number
    }
    expect(isVouchedFor).toBe(true)
    expect(subjects).toBeGreaterThan(3)
    expect(answers.map(({ subject }) => subject)).toEqual([grant, revoked, '00'.repeat(32)])
    const revocations = answers.map(({ lists }) => lists.filter(({ kind }) => kind === 'revocation').length)
    expect(revocations).toEqual([0, 1, 0])
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, bytes.length - 100))
    expect((await auditor(...ask, '--policy', policy)).exit).toBe(3)
    expect((await auditor('log', 'audit', at('nothing'), '--policy', policy)).exit).toBe(10)
  })
})
