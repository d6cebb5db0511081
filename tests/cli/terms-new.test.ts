/** Writing terms: every preset and every answer, as flags and in the dialogue. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cidOf } from '../../src/encoding/cid.ts'
import { isLedgerError } from '../../src/errors.ts'
import { createContext } from '../../src/cli/context.ts'
import { Options } from '../../src/cli/options.ts'
import type { JsonObject } from '../../src/cli/output.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { draftTerms } from '../../src/cli/terms-file.ts'
import { newTerms } from '../../src/cli/terms-new.ts'
import { parseFacts } from '../../src/cli/try-facts.ts'
import { readPayloadFile } from '../../src/cli/yaml-payload.ts'
import { ACTIONS } from '../../src/statement/vocabulary.ts'
import { explainTerms } from '../../src/terms/explain/explain.ts'
import { tryTerms } from '../../src/terms/try.ts'
import { temporaryFolder } from '../support/cli-run.ts'

const PRESETS = ['research-in-region', 'paid-commercial', 'ask-each-time', 'no-tech-giants', 'cc0-no-rehosting']

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let files = 0
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => folder.remove())

const nextFile = (): string => join(folder.path, `${++files}.yaml`)

interface Written {
  readonly exit: number
  readonly result: JsonObject
  readonly text: string
  readonly dialogue: string
}

type Flags = Readonly<Record<string, string | boolean>>

/** @param typed what the person answers; undefined: there is no terminal. An answer of undefined is Ctrl-C. */
async function write(file: string, flags: Flags, typed?: readonly (string | undefined)[]): Promise<Written> {
  let result: JsonObject = {}
  let text = ''
  let dialogue = ''
  const waiting = [...(typed ?? [])]
  const terminal: Terminal = {
    ask: (question) => {
      dialogue += `${question}\n`
      if (waiting.length === 0) throw new Error(`one question too many: ${question}`)
      return Promise.resolve(waiting.shift())
    },
    say: (said) => void (dialogue += `${said}\n`),
    close: () => undefined,
  }
  const context = createContext(new Options({ ...flags, home: folder.path }))
  const output = {
    ...context.output,
    result: (_what: string, value: JsonObject, said: string) => {
      result = value
      text = said
    },
  }
  const exit = await newTerms({ ...context, output }, file, () => (typed === undefined ? undefined : terminal))
  if (waiting.length > 0) throw new Error(`nobody asked for ${waiting.join(', ')}`)
  return { exit, result, text, dialogue }
}

async function refusal(flags: Flags, typed?: readonly string[]): Promise<string> {
  const file = nextFile()
  try {
    await write(file, flags, typed)
  } catch (error) {
    if (!isLedgerError(error, 'USAGE')) throw error
    expect(await readdir(folder.path)).not.toContain(file)
    return `${error.message} ${error.hint ?? ''}`
  }
  throw new Error('it was not refused')
}

async function tryFile(file: string, facts: string): Promise<string> {
  const named = draftTerms(await readPayloadFile(file))
  return tryTerms(named.terms, parseFacts(facts, named)).answer
}

/** The file is read as it was explained, and its own example is answered as it says. */
async function expectSound(file: string, { result, exit }: Written, answer: string = 'allowed'): Promise<void> {
  expect(exit).toBe(0)
  const { terms, nameOf } = draftTerms(await readPayloadFile(file))
  expect(explainTerms(terms, nameOf)).toEqual(result['sentences'])
  const facts = / --for (\S+)$/mu.exec(await readFile(file, 'utf8'))?.[1] ?? ''
  expect(result['example']).toEqual({ facts, answer })
  expect(await tryFile(file, facts)).toBe(answer)
}

describe('every preset', () => {
  const needed: Flags = { region: 'Kenya', regionFact: 'processing', price: '5000 KES' }

  it.each(PRESETS.flatMap((preset) => ['yes', 'no'].map((generative) => [preset, generative] as const)))(
    '%s with generative models: %s',
    async (preset, generative) => {
      const file = nextFile()
      await expectSound(file, await write(file, { ...needed, preset, generative }))
    },
  )

  it.each(PRESETS)('%s always asks whether generative models are included', async (preset) => {
    expect(await refusal({ ...needed, preset })).toContain('--generative is missing: yes or no')
    const file = nextFile()
    const { dialogue } = await write(file, { ...needed, preset }, ['no'])
    expect(dialogue).toContain('which produce new text, voices or pictures, unless you forbid it')
    expect(await tryFile(file, 'train-generative,research,noncommercial,region=KE,group=none')).toBe('not allowed')
  })

  it('is shown at a terminal where none is named and no question is answered by a flag', async () => {
    const file = nextFile()
    const { dialogue } = await write(file, {}, ['5', 'y'])
    for (const preset of PRESETS) expect(dialogue).toContain(`${preset}: `)
    expect(await readFile(file, 'utf8')).toContain('spdx: CC0-1.0')
    const begun = await write(nextFile(), { who: 'anyone' }, ['2', '1', 'anywhere', 'free', '1'])
    expect(begun.dialogue).not.toContain('cc0-no-rehosting')
  })

  it('asks again for the answer it is about, however often Enter is pressed', async () => {
    const paid = await write(nextFile(), { preset: 'paid-commercial' }, ['yes', '', '', '1000 USD'])
    expect(paid.dialogue).toContain('If you want no price, type: free')
    const regional = nextFile()
    const research = await write(regional, { preset: 'research-in-region' }, ['yes', '', 'africa', '3'])
    expect(research.dialogue).toContain('If anywhere is fine, type: anywhere')
    expect(await readFile(regional, 'utf8')).toContain("op: isPartOf, r: '002'")
  })

  it('says what it chose, and what is to be done first', async () => {
    const said = async (preset: string): Promise<string> =>
      (await write(nextFile(), { ...needed, preset, generative: 'yes' })).text
    expect(await said('paid-commercial')).toContain('The price is due within 30 days')
    expect(await said('no-tech-giants')).toContain('tally party-set publish --title dma-gatekeeper')
    expect(await said('ask-each-time')).toContain('tally grant issue --terms TERMS --to PARTY --project NAME')
    expect(await said('cc0-no-rehosting')).toContain('CC0 itself asks for nothing. The rules above are a promise')
  })
})

describe('every answer', () => {
  const plain: Flags = {
    who: 'anyone',
    what: 'evaluate',
    purpose: 'any',
    region: 'anywhere',
    price: 'free',
    after: 'never',
  }

  it.each([
    { who: 'no-giants' },
    { who: 'communities' },
    { purpose: 'research' },
    { purpose: 'noncommercial' },
    { region: 'Africa', regionFact: 'establishment' },
    { region: 'Africa', regionFact: 'parent' },
    { region: 'KE, UG', regionFact: 'processing' },
    { price: '12.50 EUR' },
    { after: 'no-new-use' },
    { after: 'stop-running' },
    { after: 'delete-data' },
    { after: 'retire-models' },
  ])('%j gives terms that can be read and tried', async (changed: Flags) => {
    const file = nextFile()
    await expectSound(file, await write(file, { ...plain, ...changed }))
  })

  it.each(['deployment', 'benefit'])('a region of %s gives terms with an example that is clear', async (regionFact) => {
    const file = nextFile()
    const written = await write(file, { ...plain, region: 'KE', regionFact })
    await expectSound(file, written, 'not allowed')
    expect(written.text).toContain('no use is judged allowed')
  })

  it.each(ACTIONS)('%s can be permitted alone, with generative models and without', async (what) => {
    const file = nextFile()
    const generates = ['use', 'mine', 'train', 'fine-tune', 'distil', 'synthesise'].includes(what)
    await expectSound(file, await write(file, { ...plain, what, ...(generates ? { generative: 'yes' } : {}) }))
    if (what === 'train-generative') return
    const without = nextFile()
    await expectSound(without, await write(without, { ...plain, what, generative: 'no' }))
  })

  it('is written with defaults that mean what leaving them out means', async () => {
    const file = nextFile()
    const { result } = await write(file, plain)
    const { reach, withdrawal, disputes, sublicense, ...rest } = await readPayloadFile(file)
    expect([reach, withdrawal, disputes, sublicense]).not.toContain(undefined)
    const { terms, nameOf } = draftTerms(rest)
    expect(explainTerms(terms, nameOf)).toEqual(result['sentences'])
  })

  it('lets grantees pass the permission on where sublicense is among the actions', async () => {
    const file = nextFile()
    await write(file, { ...plain, what: 'distribute,sublicense' })
    expect((await readPayloadFile(file))['sublicense']).toEqual({ allowed: true, depth: 1, next: 'same' })
  })

  it('names the platform by its id, and refuses one that has none', async () => {
    const id = cidOf(new Uint8Array([1]))
    const file = nextFile()
    const { text } = await write(file, { ...plain, price: '1000 USD', platform: id })
    expect(text).toContain('5 % on top')
    expect(await readFile(file, 'utf8')).toContain(
      `platform: { party: ${id}, bp: 500, payer: buyer } } # = USD 1000.00`,
    )
    expect(await refusal({ ...plain, price: '1000 USD', platform: 'Coast Platform' })).toContain('"Coast Platform"')
    expect(await refusal({ ...plain, platform: id })).toContain('--platform')
    const gift = await write(nextFile(), { ...plain, price: false, platform: id }, ['free'])
    expect(gift.dialogue).toContain(`There is no price, so ${id} receives nothing.`)
    const free = nextFile()
    await write(free, { ...plain, price: '1000 USD' })
    expect(await readFile(free, 'utf8')).not.toMatch(/platform|bp/u)
  })
})

describe('without generative models', () => {
  it('no training gives one, whatever it is called', async () => {
    const file = nextFile()
    await write(file, { preset: 'cc0-no-rehosting', generative: 'no' })
    for (const action of ['train', 'fine-tune', 'distil', 'synthesise']) {
      for (const capability of ['tts', 'audio-gen', 'voice-clone'])
        expect(await tryFile(file, `${action},capability=${capability}`), action).toBe('not allowed')
      expect(await tryFile(file, action), action).toBe('depends')
    }
    for (const action of ['fine-tune', 'distil', 'synthesise'])
      expect(await tryFile(file, `${action},capability=asr`), action).toBe('allowed')
    expect(await tryFile(file, 'train-generative,capability=none')).toBe('not allowed')
    expect(await tryFile(file, 'evaluate,capability=tts')).toBe('allowed')
  })

  it.each(['train', 'fine-tune', 'distil', 'synthesise', 'mine', 'use'])(
    'the question is asked of %s',
    async (what) => {
      const { dialogue } = await write(
        nextFile(),
        { who: 'anyone', what, purpose: 'any', region: 'anywhere', price: 'free', after: 'never' },
        ['N'],
      )
      expect(dialogue).toContain('generative models, which produce new text, voices or pictures, unless you forbid it')
    },
  )

  it('refuses what says yes and no at once', async () => {
    const contradiction = '--what allows training generative models and --generative no forbids it; choose one.'
    expect(await refusal({ what: 'train-generative', generative: 'no' })).toContain(contradiction)
    expect(await refusal({ generative: 'no', who: 'anyone' }, ['10'])).toContain(contradiction)
    expect(await refusal({ what: 'evaluate', generative: 'yes' })).toContain('--generative yes')
    expect(await refusal({ preset: 'cc0-no-rehosting', what: 'distribute' })).toContain('the preset forbids it')
  })
})

describe('the dialogue', () => {
  const rest: Flags = { what: 'evaluate', purpose: 'any', region: 'anywhere', price: 'free', after: 'never' }

  it('asks again for what it does not understand, and never speaks of flags', async () => {
    const { dialogue } = await write(nextFile(), {}, [
      '7',
      '',
      'maybe',
      '9',
      '',
      'THREE',
      'any', // anybody, or anybody but tech giants
      'community',
      'trian',
      '0',
      '99',
      '1, Evaluate',
      'perhaps',
      'y',
      '2)',
      'Atlantis',
      '',
      'gratis',
      '1000',
      '$1000',
      '1,000.00 usd',
      '"NO-NEW"',
    ])
    expect(dialogue).toContain('I did not understand "maybe". Please type 1, 2 or 3.')
    expect(dialogue).toContain('did you mean train?')
    expect(dialogue).toContain('Which currency is "$"?')
    expect(dialogue).toContain('= train models on it and test models with it')
    expect(dialogue).not.toContain('--')
  })

  it.each([
    ['1', 'anyone'],
    ['2', 'no-giants'],
    ['Communities', 'communities'],
    ['NO', 'no-giants'],
    ['anybody', 'anyone'],
    ['(3)', 'communities'],
  ])('understands %s', async (typed, who) => {
    const file = nextFile()
    await write(file, rest, [typed])
    const yaml = await readFile(file, 'utf8')
    expect([yaml.includes('isNoneOf'), yaml.includes('CommunityOrganisation')]).toEqual([
      who === 'no-giants',
      who === 'communities',
    ])
  })

  it.each([
    ['1,2', 'train, evaluate'],
    ['2 1', 'evaluate, train'],
    ['Train and EVALUATE', 'train, evaluate'],
    ['fine tune; eval', 'fine-tune, evaluate'],
    ['1, 1, train', 'train'],
  ])('takes %s for actions', async (typed, actions) => {
    const file = nextFile()
    await write(file, { ...rest, who: 'anyone', what: false, generative: 'no' }, [typed])
    expect(await readFile(file, 'utf8')).toContain(`actions: [${actions}]`)
  })

  it.each([
    ['kenya', "isPartOf, r: 'KE'", 'Kenya (KE)'],
    ['ke', "isPartOf, r: 'KE'", 'Kenya (KE)'],
    ['AFRICA', "isPartOf, r: '002'", 'Africa (002)'],
    ['za-nw', "isPartOf, r: 'ZA-NW'", 'ZA-NW (a part of South Africa)'],
    ['KE,UG', "isAnyOf, r: ['KE', 'UG']", 'Kenya (KE) and Uganda (UG)'],
    ['Kenya and the Ivory Coast', "isAnyOf, r: ['KE', 'CI']", "Kenya (KE) and Côte d'Ivoire (CI)"],
    ['Trinidad and Tobago', "isPartOf, r: 'TT'", 'Trinidad and Tobago (TT)'],
  ])('takes %s for a region', async (typed, clause, echo) => {
    const file = nextFile()
    const { dialogue } = await write(file, { ...rest, who: 'anyone', region: false }, [typed, '3'])
    expect(await readFile(file, 'utf8')).toContain(clause)
    expect(dialogue).toContain(`= ${echo}\n`)
    // A flag says the same.
    const other = nextFile()
    await write(other, { ...rest, who: 'anyone', region: typed, regionFact: 'processing' })
    expect(await readFile(other, 'utf8')).toContain(clause)
  })

  it.each(['', 'anywhere', 'nothing', 'World'])('takes "%s" for anywhere', async (typed) => {
    const file = nextFile()
    await write(file, { ...rest, who: 'anyone', region: false }, [typed])
    expect(await readFile(file, 'utf8')).not.toContain('region.')
  })

  it('does not take "no" for Norway, nor guess between two countries', async () => {
    const { dialogue } = await write(nextFile(), { ...rest, who: 'anyone', region: false }, [
      'no',
      'Congo',
      'Kenia',
      '',
    ])
    expect(dialogue).toContain('type: Norway')
    expect(dialogue).toContain('the Democratic Republic of the Congo (CD)')
    expect(dialogue).toContain('the Republic of the Congo (CG)')
    expect(dialogue).toContain('did you mean Kenya (KE)?')
  })

  it.each([
    ['1000.00 USD', 'amount: 100000, currency: USD } # = USD 1000.00'],
    ['1,000.00 USD', 'amount: 100000, currency: USD'],
    ['1000 usd', 'amount: 100000, currency: USD'],
    ['USD 1000', 'amount: 100000, currency: USD'],
    ['5 000 ugx', 'amount: 5000, currency: UGX } # = UGX 5000'],
    ['0.5 TND', 'amount: 500, currency: TND } # = TND 0.500'],
    ['0 USD', undefined],
    ['Free', undefined],
  ])('takes %s for a price', async (typed, clause) => {
    const file = nextFile()
    await write(file, { ...rest, who: 'anyone', price: false }, [typed])
    const yaml = await readFile(file, 'utf8')
    expect(clause === undefined ? !yaml.includes('price') : yaml.includes(clause), yaml).toBe(true)
  })

  it.each([
    '1000',
    '$1000',
    '1000 dollars',
    '10.001 USD',
    '1.000,00 EUR',
    '1,00 EUR',
    '100.50 UGX',
    '-5 USD',
    '1e6 USD',
  ])('does not guess what price %s is', async (price) => {
    expect(await refusal({ ...rest, who: 'anyone', price })).toContain(`not "${price}"`)
  })

  it('writes nothing when the person stops, at whichever question', async () => {
    const all = ['', '1', '1', 'yes', '1', 'Kenya', '1', 'free', '1']
    for (let asked = 0; asked < all.length; asked++) {
      const file = nextFile()
      const { exit, dialogue, text } = await write(file, {}, [...all.slice(0, asked), undefined])
      expect(exit).toBe(130)
      expect(dialogue).toContain('Stopped. Nothing was written.')
      expect(text).toBe('')
      await expect(readFile(file)).rejects.toThrow('ENOENT')
    }
  })
})

describe('the file', () => {
  it('is looked at before the first question', async () => {
    const file = nextFile()
    await writeFile(file, 'mine')
    await expect(write(file, {}, [])).rejects.toMatchObject({
      code: 'FILE_EXISTS',
      hint: expect.stringContaining('another name'),
    })
    expect(await readFile(file, 'utf8')).toBe('mine')
    await expect(write(join(folder.path, 'missing/a.yaml'), {}, [])).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await mkdir(join(folder.path, 'a-folder'))
    await expect(write(join(folder.path, 'a-folder'), {}, [])).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  })

  it('is shown and not written with --dry-run', async () => {
    const file = nextFile()
    const { text, result } = await write(file, { preset: 'ask-each-time', generative: 'yes', dryRun: true })
    expect(text).toContain('\npermit:\n')
    expect(text).toContain('Nothing was written (--dry-run).')
    expect(result['yaml']).toContain('\npermit:\n')
    await expect(readFile(file)).rejects.toThrow('ENOENT')
  })

  it('repeats no name that would break its comments', async () => {
    const file = join(folder.path, 'a\npermit: [].yaml')
    const written = await write(file, { preset: 'ask-each-time', generative: 'yes' })
    expect(await readFile(file, 'utf8')).toContain('tally terms explain THIS-FILE')
    expect(written.exit).toBe(0)
    const spaced = join(folder.path, 'our terms.yaml')
    await write(spaced, { preset: 'ask-each-time', generative: 'yes' })
    expect(await readFile(spaced, 'utf8')).toContain(`tally terms explain '${spaced}'`)
  })
})

describe('without a terminal', () => {
  it.each([
    [{}, '--who'],
    [{ who: 'anyone' }, '--what'],
    [{ who: 'anyone', what: 'fine-tune' }, '--generative'],
    [{ who: 'anyone', what: 'evaluate' }, '--purpose'],
    [{ preset: 'research-in-region', generative: 'no' }, '--region'],
    [{ preset: 'research-in-region', generative: 'no', region: 'KE' }, '--region-fact'],
    [{ preset: 'paid-commercial', generative: 'no' }, '--price'],
  ])('%j is refused, naming the flag %s', async (flags: Flags, flag) => {
    const said = await refusal(flags)
    expect(said).toContain(`${flag} is missing`)
    expect(said).toContain('--preset')
  })

  it.each([
    [{ preset: 'nothing' }, 'nothing'],
    [{ who: 'maybe' }, '--who takes anyone, no-giants or communities, not "maybe"'],
    [{ who: '1' }, '--who'],
    [{ what: 'train,moon' }, 'moon'],
    [{ what: 'trian' }, 'did you mean train?'],
    [{ what: '1,2' }, '--what'],
    [{ region: 'Atlantis' }, 'Atlantis'],
    [{ price: '10.001 USD' }, '10.001'],
    [{ after: 'later' }, '--after'],
  ])('%j is refused before anything is asked', async (flags: Flags, word) => {
    expect(await refusal(flags, [])).toContain(word)
  })
})
