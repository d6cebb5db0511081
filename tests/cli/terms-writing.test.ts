/** Writing and reading terms with the real program: new, explain, diff, try, export and import. */
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf, resultOf, tally, temporaryFolder } from '../support/cli-run.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
const at = (name: string): string => join(folder.path, name)
const run = (...args: string[]): ReturnType<typeof tally> => tally(at('home'), [...args, '--json'])

const GIVEN = ['--generative', 'no', '--region', 'KE', '--region-fact', 'processing', '--price', 'free']

beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => folder.remove())

describe('tally terms new', () => {
  it.each(['research-in-region', 'paid-commercial', 'ask-each-time', 'no-tech-giants', 'cc0-no-rehosting'])(
    'writes terms that can be read, from the preset %s',
    async (preset) => {
      const file = at(`${preset}.yaml`)
      const made = await run('terms', 'new', file, '--preset', preset, ...GIVEN)
      expect(made.err).toBe('')
      expect(made.exit).toBe(0)
      const { sentences } = resultOf(await run('terms', 'explain', file))
      expect(sentences).toEqual(resultOf(made)['sentences'])
    },
  )

  it('says which flag is missing where there is no terminal', async () => {
    const refused = await run('terms', 'new', at('a.yaml'), '--preset', 'cc0-no-rehosting')
    expect(errorOf(refused)).toMatchObject({ code: 'USAGE', exit: 2 })
    expect(refused.err).toContain('--generative')
  })

  it('writes the file alone to standard output', async () => {
    const made = await run('terms', 'new', '-', '--preset', 'ask-each-time', '--generative', 'yes')
    await writeFile(at('piped.yaml'), made.out)
    expect((await run('terms', 'explain', at('piped.yaml'))).exit).toBe(0)
    expect(made.out).toContain('tally terms explain THIS-FILE')
  })

  it('writes over no file, and into no folder that is not there', async () => {
    await writeFile(at('mine.yaml'), 'mine')
    const refused = await run('terms', 'new', at('mine.yaml'), '--preset', 'cc0-no-rehosting')
    expect(errorOf(refused)).toMatchObject({ code: 'FILE_EXISTS', exit: 9 })
    expect(await readFile(at('mine.yaml'), 'utf8')).toBe('mine')
    const lost = await run('terms', 'new', at('nowhere/mine.yaml'), '--preset', 'cc0-no-rehosting')
    expect(errorOf(lost)).toMatchObject({ code: 'FILE_NOT_FOUND', exit: 10 })
  })
})

describe('tally terms try', () => {
  const research = (): string => at('research-in-region.yaml')

  it.each([
    ['fine-tune,research,noncommercial,region=KE,capability=asr', 0, 'allowed'],
    // A fine-tuned model may be generative, unless the user says what it can do.
    ['fine-tune,research,noncommercial,region=KE', 5, 'depends'],
    ['fine-tune,research,noncommercial,region=KE,capability=tts', 4, 'not allowed'],
    // A bare `train` might be generative training, which this preset withholds.
    ['train,research,noncommercial,region=KE', 5, 'depends'],
    ['train,commercial,region=EU', 4, 'not allowed'],
    ['train-generative,research,noncommercial,region=KE', 4, 'not allowed'],
    ['fine-tune,research,noncommercial,capability=asr', 5, 'depends'],
    ['distribute', 4, 'not allowed'],
  ])('answers %s with exit %d', async (facts, exit, answer) => {
    const tried = await run('terms', 'try', research(), '--for', facts)
    expect(tried.exit).toBe(exit)
    expect(resultOf(tried)).toMatchObject({ answer, exit })
  })

  it('takes membership of a group as it is told', async () => {
    const giants = at('no-tech-giants.yaml')
    const base = 'fine-tune,research,region=KE,capability=asr'
    expect((await run('terms', 'try', giants, '--for', `${base},group=dma-gatekeeper`)).exit).toBe(4)
    expect((await run('terms', 'try', giants, '--for', `${base},group=none`)).exit).toBe(0)
    expect(resultOf(await run('terms', 'try', giants, '--for', base))).toMatchObject({
      answer: 'depends',
      reasons: [{ code: 'AFFILIATION_UNKNOWN' }],
    })
  })

  it('refuses a word it does not know', async () => {
    expect(errorOf(await run('terms', 'try', research(), '--for', 'train,moon'))).toMatchObject({ code: 'USAGE' })
    expect(errorOf(await run('terms', 'try', research(), '--for', 'train,region=Atlantis'))).toMatchObject({
      code: 'USAGE',
    })
    expect(errorOf(await run('terms', 'try', research(), '--for', 'commercial'))).toMatchObject({ code: 'USAGE' })
  })
})

describe('tally terms diff', () => {
  it('says what changed and whom it hits', async () => {
    const same = resultOf(await run('terms', 'diff', at('paid-commercial.yaml'), at('paid-commercial.yaml')))
    expect(same).toMatchObject({ changes: [] })
    const text = await readFile(at('paid-commercial.yaml'), 'utf8')
    await writeFile(at('changed.yaml'), text.replace('{ mode: pinned }', '{ mode: owner-may-change, notice: 30d }'))
    const { changes } = resultOf(await run('terms', 'diff', at('paid-commercial.yaml'), at('changed.yaml')))
    expect(changes).toHaveLength(2)
  })
})

describe('terms in ODRL', () => {
  it('are written and read back', async () => {
    expect((await run('terms', 'export', at('no-tech-giants.yaml'), '-o', at('offer.json'))).exit).toBe(0)
    expect((await run('terms', 'import', at('offer.json'), '-o', at('again.yaml'))).exit).toBe(0)
    const [before, after] = await Promise.all([
      run('terms', 'export', at('no-tech-giants.yaml')),
      run('terms', 'export', at('again.yaml')),
    ])
    expect(JSON.parse(after.out)).toEqual(JSON.parse(before.out))
    expect(before.out).not.toContain('"target": "ipfs:')
    const yaml = await readFile(at('again.yaml'), 'utf8')
    expect(yaml).toContain('r: dma-gatekeeper')
    expect(yaml).toContain('within: 30d')
    expect(yaml).not.toMatch(/lineage: baf/u)
    await writeFile(at('broken.json'), '{')
    expect(errorOf(await run('terms', 'import', at('broken.json')))).toMatchObject({ code: 'INTERCHANGE_UNSUPPORTED' })
  })
})

describe('a terms file with a mistake', () => {
  const rule = (text: string): string => `permit: [{ id: r, actions: [train], ${text} }]`

  it.each([
    ['permit: [{ id: r, actions: [fine-tun] }]', 'permit[0].actions[0]', 'did you mean "fine-tune"?'],
    ['permit: [{ id: r, actions: [fly] }]', 'permit[0].actions[0]', 'one of use, reproduce, '],
    ['permit: []\nprohibt: []', 'no key "prohibt"', 'did you mean "prohibit"?'],
    ['permit: []\nxyz: []', 'no key "xyz"', 'known here are '],
    [rule('if: [{ l: region.processing, op: isPartOf, r: 002 }]'), 'in the rule "r"', "put it in quotes, as '002'"],
    [rule('if: [{ l: region.processing, op: isPartOf, r: Kenya }]'), 'in the rule "r"', 'not "Kenya"'],
    [rule('if: [{ l: capability, op: isAnyOf, r: [voiceclone] }]'), 'in the rule "r"', 'did you mean "voice-clone"?'],
    ['permit: [{ id: 2026, actions: [train] }]', 'permit[0].id', 'put 2026 in quotes'],
    [
      'permit: []\nrevoke: { allowed: any, notice: 14, effect: { mode: no-new-use } }',
      'revoke: notice',
      '14d for 14 days',
    ],
    ["permit: []\nprove: [{ fact: purpose, within: '14' }]", 'within', '14d for 14 days'],
    [rule('if: [{ l: elapsed, op: lt, r: 14 }]'), 'r: ', '14d for 14 days'],
    ['permit: []\nprice: { model: flat, amount: 10.50, currency: USD }', 'price.amount', '1000.00 USD is 100000'],
    ['permit: []\nprice: { model: flat, amount: "1050", currency: USD }', 'price.amount', 'without quotes'],
    ['{"@context": "http://www.w3.org/ns/odrl.jsonld"}', 'ODRL', 'tally terms import'],
    ['[]', 'a map of fields', ''],
    ['\u0000: [', 'wrong.yaml', ''],
  ])('%j is refused with its place, and what was meant', async (text, place, meant) => {
    await writeFile(at('wrong.yaml'), text)
    const { message, hint, exit } = errorOf(await run('terms', 'explain', at('wrong.yaml')))
    expect(exit).toBe(2)
    expect(message).toContain('wrong.yaml')
    expect(`${String(message)} ${String(hint)}`).toContain(place)
    expect(`${String(message)} ${String(hint)}`).toContain(meant)
  })

  it('or one that is no text is refused with its name', async () => {
    await writeFile(at('binary.yaml'), Uint8Array.of(0xff, 0xfe, 0x00, 0x80))
    expect(errorOf(await run('terms', 'explain', at('binary.yaml')))).toMatchObject({
      code: 'SCHEMA_INVALID',
      exit: 2,
      message: expect.stringContaining('binary.yaml') as string,
    })
  })

  it('takes 0 without a unit, and seconds in JSON, which programs write', async () => {
    await writeFile(at('zero.yaml'), 'permit: []\namend: { mode: owner-may-change, notice: 0 }')
    await writeFile(at('seconds.json'), '{"permit": [], "amend": {"mode": "owner-may-change", "notice": 86400}}')
    expect((await run('terms', 'explain', at('zero.yaml'))).out).toContain('without notice')
    expect((await run('terms', 'explain', at('seconds.json'))).out).toContain("1 day's notice")
  })
})

describe('tally terms publish', () => {
  it('asks for the dataset where none is named', async () => {
    const file = at('cc0-no-rehosting.yaml')
    for (const flags of [[], ['--dataset', 'DATASET']]) {
      const { message, hint, exit } = errorOf(await run('terms', 'publish', file, ...flags))
      expect({ message, hint, exit }).toMatchObject({
        exit: 2,
        message: expect.stringContaining('say which dataset: --dataset ID') as string,
        hint: expect.stringContaining('tally dataset list') as string,
      })
    }
  })
})

describe('tally terms test', () => {
  it('plays every scenario of a folder', async () => {
    const own = join(import.meta.dirname, '../scenarios')
    const [first = '', second = ''] = (await readdir(own)).filter((name) => name.endsWith('.yaml'))
    await mkdir(at('stories'))
    for (const name of [first, second]) await copyFile(join(own, name), at(`stories/${name}`))
    const played = await run('terms', 'test', at('stories'))
    expect(played.exit).toBe(0)
    expect(played.out.trim().split('\n')).toHaveLength(2)
    // A wrong file is told, and the others are played all the same.
    await writeFile(at('stories/0-wrong.yaml'), 'title: t\ncolour: red\n')
    const mixed = await run('terms', 'test', at('stories'), '--json')
    expect(errorOf(mixed)).toMatchObject({ code: 'SCENARIO_INVALID', exit: 2 })
    const objects = mixed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { ok: boolean; error?: { code: string } })
    expect(objects.map(({ ok, error }) => [ok, error?.code])).toEqual([
      [false, 'SCENARIO_INVALID'],
      [true, undefined],
      [true, undefined],
    ])
    await mkdir(at('none'))
    expect(errorOf(await run('terms', 'test', at('none')))).toMatchObject({ code: 'FILE_NOT_FOUND', exit: 10 })
  })
})
