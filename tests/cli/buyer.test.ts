/** The buyer's pipeline with real programs: request, check, lock, gate, attest from CI, and what each refuses. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCliNetwork } from '../support/cli-network.ts'
import type { CliNetwork } from '../support/cli-network.ts'
import { errorOf, resultOf, tally, textField } from '../support/cli-run.ts'
import type { Finished } from '../support/cli-run.ts'

let network: CliNetwork
let version: string
let grant: string
let terms: string
const at = (name: string): string => join(network.path, name)
const owner = (...args: string[]): Promise<Finished> =>
  tally(network.nodes[0]?.home ?? '', [...args, '--json', '--yes'])
/** A buyer without a node. */
const buyer = (...args: string[]): Promise<Finished> => tally(at('acme'), [...args, '--json', '--yes'])
const node = (): string => network.nodes[0]?.address ?? ''
const away = (): string[] => ['--node', node(), '--policy', at('policy.txt')]

async function made(finished: Promise<Finished>): Promise<string> {
  const result = await finished
  if (result.exit !== 0) throw new Error(`exit ${result.exit}: ${result.err}`)
  return textField(resultOf(result), 'id')
}

/** Unix seconds. */
function now(): string {
  return String(Math.floor(Date.now() / 1000))
}

async function sha256(text: string): Promise<string> {
  const { createHash } = await import('node:crypto')
  return createHash('sha256').update(text).digest('hex')
}

beforeAll(async () => {
  network = await startCliNetwork(['Coast', 'Library', 'Archive'])
  const dataset = await made(owner('dataset', 'register', '--title', 'Luo', '--locale', 'luo'))
  await mkdir(at('data'))
  await writeFile(at('data/luo.tar'), 'the archive')
  version = await made(
    owner('dataset', 'version', '--dataset', dataset, '--label', '25.0', '--archive', at('data/luo.tar')),
  )
  await writeFile(
    at('terms.yaml'),
    [
      'versions: { mode: lineage }',
      'permit: [{ id: research, actions: [train], if: [{ l: commercial, op: eq, r: false }], duties: [attest] }]',
      'duties: { attest: { action: attest-use, due: { event: use-end, within: 30d } } }',
      'revoke: { allowed: any, notice: 0, effect: { mode: no-new-use } }',
    ].join('\n'),
  )
  terms = await made(owner('terms', 'publish', at('terms.yaml'), '--dataset', dataset))
  await tally(network.nodes[0]?.home ?? '', ['policy', '-o', at('policy.txt')])
  await made(
    buyer('party', 'new', 'acme', '--log', network.origins[0] ?? '', '--no-passphrase', '--submit', '--node', node()),
  )
}, 60_000)
afterAll(async () => network.stop())

describe('a buyer without a node', () => {
  it('asks for a grant, checks it before and after accepting, and after it was taken back', async () => {
    const request = await made(
      buyer(
        'grant',
        'request',
        '--terms',
        terms,
        '--use',
        'train',
        '--purpose',
        'research',
        '--no-commercial',
        '--node',
        node(),
      ),
    )
    const party = textField(resultOf(await buyer('party', 'show', 'acme')), 'id')
    grant = await made(owner('grant', 'issue', '--terms', terms, '--to', party, '--request', request))
    const check = (...more: string[]): Promise<Finished> =>
      buyer(
        'grant',
        'check',
        grant,
        '--version',
        version,
        '--use',
        'train',
        '--purpose',
        'research',
        ...away(),
        ...more,
      )
    const before = await check('--no-commercial')
    expect(before.exit).toBe(4)
    expect(before.out).toContain('GRANT_NOT_ACCEPTED')

    await made(buyer('grant', 'accept', grant, '--terms', terms, '--node', node()))
    const after = await check('--no-commercial')
    expect(after.exit).toBe(0)
    expect(resultOf(after)).toMatchObject({
      outcome: 'pending',
      question: { grants: [grant] },
      uses: [{ assurance: 'A2' }],
    })
    // What is not said is not known, and what is forbidden is forbidden.
    expect((await check()).exit).toBe(5)
    expect((await check('--commercial')).exit).toBe(4)

    const other = await made(owner('grant', 'issue', '--terms', terms, '--to', party))
    await made(buyer('grant', 'accept', other, '--terms', terms, '--node', node()))
    expect((await owner('grant', 'revoke', other)).exit).toBe(0)
    const revoked = await buyer(
      'grant',
      'check',
      other,
      '--version',
      version,
      '--use',
      'train',
      '--purpose',
      'research',
      '--no-commercial',
      ...away(),
    )
    expect(revoked.exit).toBe(4)
    expect(revoked.out).toContain('GRANT_REVOKED')
  })

  it('locks what it uses, passes the gate, attests from the lock, and has the receipt', async () => {
    const locked = await buyer(
      'lock',
      '--dataset',
      `${version}:${grant}=${at('data/luo.tar')}`,
      '--use',
      'train',
      '--purpose',
      'research',
      '--no-commercial',
      '--lock',
      at('lock.json'),
      ...away(),
    )
    expect(locked.err).toBe('')
    expect(locked.exit).toBe(0)
    expect(JSON.parse(await readFile(at('lock.json'), 'utf8'))).toMatchObject({
      schema: 'tallystick/lock/1',
      node: node(),
      policy: 'policy.txt',
      datasets: [
        {
          version,
          grants: [grant],
          title: 'Luo',
          label: '25.0',
          archive: { path: 'data/luo.tar', sha256: await sha256('the archive') },
        },
      ],
    })
    // The first line answers the question, for whoever reads it in a CI log.
    expect((await tally(at('acme'), ['gate', '--lock', at('lock.json')])).out).toMatch(
      /^Allowed, as the record stands\.\n/u,
    )
    const gate = await buyer('gate', '--lock', at('lock.json'))
    expect(gate.exit).toBe(0)
    // Permitted, and an attestation will be due.
    expect(resultOf(gate)).toMatchObject({ outcome: 'pending' })

    await writeFile(at('model.bin'), 'weights')
    await writeFile(
      at('model.json'),
      JSON.stringify({ run: 'tts-2', name: 'tts-2', file: 'model.bin', from: now(), to: now() }),
    )
    const attested = await buyer(
      'usage',
      'attest',
      '--model',
      at('model.json'),
      '--datasets',
      at('lock.json'),
      '--submit',
      node(),
      '--wait',
      'witnessed',
      '-o',
      at('receipt.cose'),
      '--complete',
    )
    expect(attested.exit).toBe(0)
    expect((await readFile(at('receipt.cose')))[0]).toBe(0xd2)
    const made = await buyer(
      'bundle',
      'make',
      '--model',
      await sha256('weights'),
      '-o',
      at('model.car'),
      '--node',
      node(),
    )
    expect(made.exit).toBe(0)
    const verified = await buyer('verify', at('model.car'), '--policy', at('policy.txt'))
    expect(verified.exit).toBe(0)
    expect(resultOf(verified)).toMatchObject({
      uses: [{ run: 'tts-2', outcome: 'compliant', assurance: 'A2', datasets: [{ version, grant }] }],
    })
    // Every use under the grant, as the owner asks.
    expect((await owner('bundle', 'make', '--grant', grant, '-o', at('grant.car'))).exit).toBe(0)
    expect(resultOf(await buyer('verify', at('grant.car'), '--policy', at('policy.txt')))).toMatchObject({
      question: { grants: [grant] },
      uses: [{ run: 'tts-2' }],
    })
  })

  it('is stopped by the gate when a file changed, when the lock asks for more, and when the grant was taken back', async () => {
    await writeFile(at('data/luo.tar'), 'the archivf')
    expect(errorOf(await buyer('gate', '--lock', at('lock.json')))).toMatchObject({ code: 'DATASET_MISMATCH', exit: 3 })
    expect((await buyer('gate', '--lock', at('lock.json'), '--no-files')).exit).toBe(0)
    await writeFile(at('data/luo.tar'), 'the archive')
    const lock = JSON.parse(await readFile(at('lock.json'), 'utf8')) as { use: Record<string, unknown> }
    await writeFile(at('more.json'), JSON.stringify({ ...lock, use: { ...lock.use, commercial: true } }))
    expect((await buyer('gate', '--lock', at('more.json'))).exit).toBe(4)
    await writeFile(at('less.json'), JSON.stringify({ ...lock, use: { actions: ['train'] } }))
    expect((await buyer('gate', '--lock', at('less.json'))).exit).toBe(5)
    expect((await buyer('gate', '--lock', at('lock.json'), '--max-age', '0')).exit).toBe(5)
    expect((await owner('grant', 'revoke', grant)).exit).toBe(0)
    expect((await buyer('gate', '--lock', at('lock.json'))).exit).toBe(4)
  })

  it.each([
    ['nothing', undefined, 'FILE_NOT_FOUND', 10],
    ['no JSON', 'x', 'LOCK_MALFORMED', 2],
    ['another schema', '{"schema":"tallystick/lock/2"}', 'LOCK_MALFORMED', 2],
    ['an unknown word', { use: { actions: ['trian'] } }, 'LOCK_MALFORMED', 2],
    ['an unknown field', { extra: 1 }, 'LOCK_MALFORMED', 2],
    ['no dataset', { datasets: [] }, 'LOCK_MALFORMED', 2],
  ])('is told what is wrong with a lock file: %s', async (_, change, code, exit) => {
    const lock = JSON.parse(await readFile(at('lock.json'), 'utf8')) as object
    if (change !== undefined)
      await writeFile(at('bad.json'), typeof change === 'string' ? change : JSON.stringify({ ...lock, ...change }))
    const path = change === undefined ? at('none.json') : at('bad.json')
    expect(errorOf(await buyer('gate', '--lock', path))).toMatchObject({ code, exit })
  })
})
