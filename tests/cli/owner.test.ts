/** What an owner does beside the first grant, with real programs: sets, prices, credentials, withdrawals, files, claims, watching. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCliNetwork } from '../support/cli-network.ts'
import type { CliNetwork } from '../support/cli-network.ts'
import { errorOf, finished, resultOf, startTally, tally, textField } from '../support/cli-run.ts'
import type { Finished } from '../support/cli-run.ts'

let network: CliNetwork
let me: string
let acme: string
let dataset: string
let version: string
const at = (name: string): string => join(network.path, name)
const home = (i: number): string => network.nodes[i]?.home ?? ''
const owner = (...args: string[]): Promise<Finished> => tally(home(0), [...args, '--json', '--yes'])
const library = (...args: string[]): Promise<Finished> => tally(home(1), [...args, '--json', '--yes'])
const buyer = (...args: string[]): Promise<Finished> =>
  tally(at('acme'), [...args, '--json', '--yes', '--node', network.nodes[0]?.address ?? ''])

async function made(finished: Promise<Finished>): Promise<string> {
  const result = await finished
  if (result.exit !== 0) throw new Error(`exit ${result.exit}: ${result.err}`)
  return textField(resultOf(result), 'id')
}

beforeAll(async () => {
  network = await startCliNetwork(['Coast', 'Library'])
  me = textField(resultOf(await owner('party', 'show', 'coast')), 'id')
  acme = await made(
    tally(at('acme'), ['party', 'new', 'acme', '--log', network.origins[0] ?? '', '--no-passphrase', '--json']),
  )
  await made(buyer('submit', at('acme/parties/acme.cose')))
  dataset = await made(owner('dataset', 'register', '--title', 'Luo', '--locale', 'luo'))
  version = await made(
    owner(
      'dataset',
      'version',
      '--dataset',
      dataset,
      '--label',
      '25.0',
      '--archive-sha256',
      'ab'.repeat(32),
      '--archive-bytes',
      '5',
    ),
  )
}, 60_000)
afterAll(async () => network.stop())

describe('terms that name a set of parties', () => {
  it('are published once the set is, and pin its id', async () => {
    const file = at('giants.yaml')
    const drawn = await owner('terms', 'new', file, '--preset', 'no-tech-giants', '--generative', 'yes')
    expect(drawn.exit).toBe(0)
    expect(errorOf(await owner('terms', 'publish', file, '--dataset', dataset))).toMatchObject({
      code: 'NOT_FOUND',
      exit: 10,
    })
    const set = await made(owner('party-set', 'publish', '--title', 'dma-gatekeeper', '--member', acme))
    const terms = await made(owner('terms', 'publish', file, '--dataset', dataset))
    expect(JSON.stringify(resultOf(await owner('terms', 'show', terms))['payload'])).toContain(set)
    const { sentences } = resultOf(await owner('terms', 'explain', terms))
    expect(String(sentences)).toContain(
      'if neither the user nor anyone who controls it is on the list "dma-gatekeeper" (1 member).',
    )
    expect(String(sentences)).not.toContain(set)
    const tried = await owner('terms', 'try', terms, '--for', 'train,group=dma-gatekeeper')
    expect(tried.exit).toBe(4)
    expect(errorOf(await owner('terms', 'try', terms, '--for', 'train,group=giants'))).toMatchObject({ exit: 2 })
  })
})

describe('a price', () => {
  it('is quoted with the fee on top, paid as quoted, receipted, and given back', async () => {
    const platform = textField(resultOf(await library('party', 'show', 'library')), 'id')
    const file = at('paid.yaml')
    await owner(
      'terms',
      'new',
      file,
      '--preset',
      'paid-commercial',
      '--generative',
      'yes',
      '--price',
      '1000.00 USD',
      '--platform',
      platform,
    )
    const terms = await made(owner('terms', 'publish', file, '--dataset', dataset))
    const grant = await made(owner('grant', 'issue', '--terms', terms, '--to', acme))
    expect(resultOf(await owner('payment', 'quote', grant))['lines']).toEqual([
      { to: me, amount: 100_000, currency: 'USD', role: 'owner' },
      { to: platform, amount: 5000, currency: 'USD', role: 'platform' },
    ])
    const payment = await made(
      buyer(
        'payment',
        'record',
        grant,
        '--line',
        `${me}:100000:USD:owner`,
        '--line',
        `${platform}:5000:USD:platform`,
        '--rail',
        'SEPA',
      ),
    )
    await made(owner('payment', 'receipt', payment, '--amount', '100000:USD'))
    await made(owner('payment', 'refund', payment, '--amount', '1:USD'))
    expect(resultOf(await owner('payment', 'show', payment))).toMatchObject({
      related: [{ kindName: 'payment-receipt' }, { kindName: 'payment-receipt' }],
    })
    expect(errorOf(await owner('payment', 'receipt', payment, '--amount', '1.50:USD'))).toMatchObject({ code: 'USAGE' })
  })
})

describe('credentials and notices', () => {
  it('attest one fact at a time', async () => {
    await made(
      owner('credential', 'issue', '--subject', acme, '--kind', 'ForProfitOrganisation', '--basis', 'register'),
    )
    await made(owner('credential', 'issue', '--subject', acme, '--independent'))
    expect((await owner('credential', 'issue', '--subject', acme, '--country', 'KE', '--auditor')).exit).toBe(2)
    expect((await owner('credential', 'issue', '--subject', acme, '--kind', 'Nonsense')).exit).toBe(2)
    expect((await owner('credential', 'list')).out.trim().split('\n')).toHaveLength(2)
  })

  it('name a text by its id, which any node can fetch until it is erased', async () => {
    await writeFile(at('letter.txt'), 'Dear Acme')
    const text = await made(owner('blob', 'put', at('letter.txt'), '--salted'))
    // The same file has another name each time: nobody can guess it.
    expect(await made(owner('blob', 'put', at('letter.txt'), '--salted'))).not.toBe(text)
    await made(owner('notice', 'send', '--to', acme, '--subject', 'About your run', '--text', text))
    expect((await library('blob', 'get', text, '-o', at('got.txt'))).exit).toBe(0)
    expect(await readFile(at('got.txt'), 'utf8')).toBe('Dear Acme')
    expect((await buyer('blob', 'get', text, '-o', at('got2.txt'))).exit).toBe(0)
    expect((await owner('blob', 'erase', text)).exit).toBe(2)
    // Without a key that can sign, nothing is erased.
    expect((await owner('blob', 'erase', text, '--reason', 'x', '--key', 'nobody')).exit).toBe(10)
    expect((await owner('blob', 'get', text, '-o', at('still.txt'))).exit).toBe(0)
    await made(owner('blob', 'erase', text, '--reason', 'asked by its subject'))
    expect(errorOf(await library('blob', 'get', text))).toMatchObject({ code: 'NOT_FOUND', exit: 10 })
    expect(resultOf(await owner('blob', 'list'))['blobs']).toHaveLength(1)
  })
})

describe('a file that others keep', () => {
  it('is told to them as erased, until they erased it as well', async () => {
    await writeFile(at('photo.txt'), 'a photo')
    const photo = await made(owner('blob', 'put', at('photo.txt'), '--salted'))
    expect((await library('blob', 'get', photo, '--keep', '-o', at('photo-got.txt'))).exit).toBe(0)
    await library('watch', '--once')
    await made(owner('blob', 'erase', photo, '--reason', 'asked by its subject', '--wait', 'witnessed'))
    let told = ''
    while (!told.includes('erasure')) told = (await library('watch', '--once')).out
    const event = JSON.parse(told.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
    expect(event).toMatchObject({ event: 'erasure', blob: photo })
    expect(event['says']).toContain(`tally blob erase ${photo} --local`)
    expect((await library('blob', 'erase', photo, '--local')).exit).toBe(0)
    expect(errorOf(await owner('blob', 'get', photo))).toMatchObject({ code: 'NOT_FOUND', exit: 10 })
  }, 60_000)
})

describe('a withdrawal', () => {
  it('is matched by the holder and nobody else, and acknowledged', async () => {
    await writeFile(at('ids.txt'), 'c1\nc2\nc3\n')
    await writeFile(at('gone.txt'), 'c2\n')
    expect((await owner('withdrawal', 'key', '-o', at('tags.key'))).exit).toBe(0)
    expect(
      (await owner('withdrawal', 'tags', at('gone.txt'), '--tag-key', at('tags.key'), '-o', at('tags.txt'))).exit,
    ).toBe(0)
    const withdrawal = await made(
      owner('withdrawal', 'publish', '--dataset', dataset, '--tags', at('tags.txt'), '--due', '30d'),
    )
    const second = await owner(
      'withdrawal',
      'publish',
      '--dataset',
      dataset,
      '--tags',
      at('tags.txt'),
      '--due',
      '30d',
      '--dry-run',
    )
    expect(second.out).toContain('"sequence":2')
    const match = await owner(
      'withdrawal',
      'match',
      at('ids.txt'),
      '--tag-key',
      at('tags.key'),
      '--tags',
      at('tags.txt'),
      '--withdrawal',
      withdrawal,
    )
    expect(resultOf(match)).toMatchObject({ matched: ['c2'], of: 1 })
    await writeFile(at('other.txt'), `${'0'.repeat(64)}\n`)
    const wrong = await owner(
      'withdrawal',
      'match',
      at('ids.txt'),
      '--tag-key',
      at('tags.key'),
      '--tags',
      at('other.txt'),
      '--withdrawal',
      withdrawal,
    )
    expect(errorOf(wrong)).toMatchObject({ code: 'DATASET_MISMATCH', exit: 3 })
    await made(
      buyer(
        'withdrawal',
        'acknowledge',
        withdrawal,
        '--version',
        version,
        '--done',
        'removed',
        '--done',
        'excluded-next-run',
      ),
    )
  })

  it('rests on receipts that contributors hold themselves', async () => {
    await writeFile(at('consents.ndjson'), '{"contributor":"c1"}\n{"contributor":"c2"}\n{"contributor":"c3"}\n')
    const sealed = resultOf(await owner('consent', 'seal', at('consents.ndjson'), '--out-dir', at('receipts')))
    expect(await readdir(at('receipts'))).toEqual(['1.json', '2.json', '3.json'])
    await writeFile(at('v.yaml'), `label: '26.0'\nconsent: { count: 3, root: '${textField(sealed, 'root')}' }\n`)
    const later = await made(owner('dataset', 'version', at('v.yaml'), '--dataset', dataset))
    const check = (...more: string[]): Promise<Finished> => owner('consent', 'check', at('receipts/2.json'), ...more)
    expect(resultOf(await check('--version', later))).toMatchObject({ holds: true, record: '{"contributor":"c2"}' })
    expect(errorOf(await check('--version', version))).toMatchObject({ code: 'CONSENT_RECEIPT_INVALID', exit: 3 })
  })
})

describe('a use without a grant', () => {
  it('is told by watch with its verdict, claimed, answered, found on and settled', async () => {
    expect((await owner('watch', '--once')).exit).toBe(0)
    const now = String(Math.floor(Date.now() / 1000))
    const use = await made(
      buyer(
        'usage',
        'attest',
        '--run',
        'r',
        '--action',
        'train',
        '--from',
        now,
        '--to',
        now,
        '--dataset',
        version,
        '--output',
        'cd'.repeat(32),
      ),
    )
    const told = await owner('watch', '--once')
    expect(told.exit).toBe(4)
    expect(JSON.parse(told.out.trim())).toMatchObject({ event: 'use', use, outcome: 'violation' })
    // Nothing is told twice.
    expect((await owner('watch', '--once')).out).toBe('')
    const claim = await made(
      owner('claim', 'file', '--respondent', acme, '--allegation', 'NO_PERMISSION', '--use', use),
    )
    await made(buyer('claim', 'answer', claim, '--answer', 'deny'))
    expect((await owner('bundle', 'make', '--claim', claim, '-o', at('claim.car'))).exit).toBe(0)
    await owner('policy', '-o', at('policy.txt'))
    await made(library('claim', 'find', claim, '--bundle', at('claim.car'), '--policy', at('policy.txt')))
    await made(owner('claim', 'settle', claim))
    // A claim against the node's own party.
    await made(buyer('claim', 'file', '--respondent', me, '--allegation', 'WRONG', '--unchecked'))
    const claimed = await owner('watch', '--once')
    expect(JSON.parse(claimed.out.trim())).toMatchObject({ event: 'claim' })
  })
})

describe('an id that names another thing than was meant', () => {
  const nowhere = `bafkrei${'a'.repeat(52)}`
  const unsigned = async (finished: Promise<Finished>): Promise<Record<string, unknown>> => {
    const result = await finished
    expect(result.out).toBe('')
    return errorOf(result)
  }

  it('is not signed', async () => {
    await writeFile(at('kinds.yaml'), 'versions: { mode: lineage }\npermit: [{ id: r, actions: [train] }]\n')
    const wrong: readonly (readonly [string, readonly string[]])[] = [
      [`${acme} is a party, not a grant, terms, a dataset version or a credential`, ['grant', 'revoke', acme]],
      [`${dataset} is a dataset, not terms`, ['grant', 'issue', '--terms', dataset]],
      [`${version} is a dataset version, not a dataset`, ['dataset', 'version', '--dataset', version, '--label', 'x']],
      [`${version} is a dataset version, not a dataset`, ['terms', 'publish', at('kinds.yaml'), '--dataset', version]],
      [
        `${dataset} is a dataset, not a usage`,
        ['claim', 'file', '--respondent', acme, '--allegation', 'NO_PERMISSION', '--use', dataset],
      ],
    ]
    for (const [message, args] of wrong)
      expect(await unsigned(owner(...args))).toMatchObject({ code: 'USAGE', exit: 2, message })
    // Over libp2p as well, where a node tells about its own log.
    expect(await unsigned(buyer('grant', 'accept', dataset, '--terms', version))).toMatchObject({
      code: 'USAGE',
      message: `${dataset} is a dataset, not a grant`,
    })
  })

  it('is not signed where nobody knows it, unless that is meant', async () => {
    expect(await unsigned(owner('grant', 'revoke', nowhere))).toMatchObject({ code: 'NOT_FOUND', exit: 10 })
    await made(owner('grant', 'revoke', nowhere, '--unchecked', '-o', at('nowhere.cose')))
    // Another log than that of the node may have it.
    const elsewhere = await buyer('grant', 'accept', nowhere, '--terms', nowhere, '--dry-run')
    expect(elsewhere.exit).toBe(0)
    expect(elsewhere.err).toContain(`has no statement ${nowhere}`)
  })

  it('is neither shown nor asked about', async () => {
    expect(await unsigned(owner('terms', 'show', dataset))).toMatchObject({ code: 'USAGE' })
    expect(await unsigned(owner('grant', 'show', dataset))).toMatchObject({ code: 'USAGE' })
    expect(await unsigned(owner('bundle', 'make', '--use', acme, '-o', at('no.car')))).toMatchObject({ code: 'USAGE' })
    expect(await unsigned(owner('bundle', 'make', '--claim', dataset, '-o', at('no.car')))).toMatchObject({
      code: 'USAGE',
    })
    expect(await readdir(network.path)).not.toContain('no.car')
    expect(resultOf(await owner('dataset', 'show', version))).toMatchObject({ kindName: 'dataset-version' })
  })

  it('is told with its title before it is signed', async () => {
    const shown = resultOf(await owner('dataset', 'version', '--dataset', dataset, '--label', '27.0', '--dry-run'))
    expect(shown['sentence']).toBe(`Version "27.0" of dataset "Luo" (${dataset}) is published.`)
  })

  it('is refused as an allegation that no verdict has', async () => {
    const refused = await unsigned(owner('claim', 'file', '--respondent', acme, '--allegation', 'NO_PERMISION'))
    expect(refused).toMatchObject({ code: 'USAGE', exit: 2 })
    expect(refused['message']).toContain('did you mean "NO_PERMISSION"?')
  })
})

describe('a revocation that a user ignores', () => {
  it('is told by watch, with the reason', async () => {
    await writeFile(
      at('short.yaml'),
      'versions: { mode: lineage }\npermit: [{ id: r, actions: [train] }]\nrevoke: { allowed: any, notice: 0, effect: { mode: no-new-use } }\n',
    )
    const terms = await made(owner('terms', 'publish', at('short.yaml'), '--dataset', dataset))
    const grant = await made(owner('grant', 'issue', '--terms', terms, '--to', acme))
    await made(buyer('grant', 'accept', grant, '--terms', terms))
    const use = async (run: string): Promise<string> => {
      const now = String(Math.floor(Date.now() / 1000))
      const times = ['--from', now, '--to', now]
      return made(
        buyer('usage', 'attest', '--run', run, '--action', 'train', ...times, '--dataset', `${version}:${grant}`),
      )
    }
    await use('before')
    expect(JSON.parse((await owner('watch', '--once')).out.trim())).toMatchObject({
      event: 'use',
      outcome: 'compliant',
    })
    expect((await owner('grant', 'revoke', grant)).exit).toBe(0)
    const ignored = await use('after')
    const told = await owner('watch', '--once')
    expect(told.exit).toBe(4)
    const event = JSON.parse(told.out.trim()) as Record<string, unknown>
    expect(event).toMatchObject({ event: 'use', use: ignored, outcome: 'violation' })
    expect(event['says']).toContain('GRANT_REVOKED')
  })
})

describe('other catalogues', () => {
  it('are read into files to mend, and written', async () => {
    await writeFile(
      at('mdc.json'),
      JSON.stringify({
        id: 'm1',
        name: 'Luo',
        locale: 'luo',
        checksum: 'ab'.repeat(32),
        sizeBytes: 5,
        license: 'CC0-1.0',
        restrictions: 'no re-hosting',
      }),
    )
    const read = await owner('dataset', 'import', at('mdc.json'), '-o', at('in'))
    expect(read.exit).toBe(0)
    expect((await readdir(at('in'))).sort()).toEqual(['dataset.yaml', 'terms-draft.yaml', 'terms.txt', 'version.yaml'])
    const again = await made(owner('dataset', 'register', at('in/dataset.yaml')))
    await made(owner('dataset', 'version', at('in/version.yaml'), '--dataset', again))
    expect((await owner('terms', 'explain', at('in/terms-draft.yaml'))).exit).toBe(0)
    const written = await owner('dataset', 'export', version, '-o', at('croissant.json'))
    expect(written.exit).toBe(0)
    await mkdir(at('back'))
    expect((await owner('dataset', 'import', at('croissant.json'), '-o', at('back'))).exit).toBe(0)
    expect(await readFile(at('back/version.yaml'), 'utf8')).toContain('ab'.repeat(32))
    expect(errorOf(await owner('dataset', 'import', at('policy.txt'), '-o', at('no')))).toMatchObject({
      code: 'INTERCHANGE_UNSUPPORTED',
    })
  })
})

describe('a watch that goes on', () => {
  it('outlives a restart of the node, and tells a witness that fell silent', async () => {
    const child = startTally(home(0), ['watch', '--every', '1s', '--json'])
    let said = ''
    child.stdout?.on('data', (text: Buffer) => (said += text.toString()))
    child.stderr?.on('data', (text: Buffer) => (said += text.toString()))
    const hears = async (word: string): Promise<void> => {
      while (!said.includes(word)) await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await network.nodes[1]?.stop()
    await hears('witness-silent')
    await network.nodes[0]?.stop()
    await hears('the node does not answer')
    expect(child.exitCode).toBeNull()
    child.kill('SIGINT')
    await finished(child)
  })
})
