import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidOf } from '../../src/encoding/cid.ts'
import { formatPolicy, parsePolicy } from '../../src/note/tlog-policy.ts'
import { formatVerifierKey, verifierKey } from '../../src/note/verifier-key.ts'
import { codeOf } from '../merkle/sample-tree.ts'
import { logKey, signerOf } from './sample-keys.ts'

const LOG = formatVerifierKey(logKey)
const witness = (seed: number): string =>
  formatVerifierKey(verifierKey(`w${seed}.example`, 4, signerOf(seed).publicKey))
const [X1, X2, X3, Y1, Y2, Y3] = [11, 12, 13, 14, 15, 16].map(witness)
const ENDORSER = cidOf(Uint8Array.of(1))

/** The example of the specification. */
const NESTED = `log ${LOG}

witness X1 ${X1}
witness X2 ${X2}
witness X3 ${X3}
group X-witnesses 2 X1 X2 X3

witness Y1 ${Y1}
witness Y2 ${Y2}
witness Y3 ${Y3}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`

describe('trust policies', () => {
  it('are read as the example of the specification', () => {
    const policy = parsePolicy(NESTED)
    expect(policy.logs.map(({ key }) => key)).toEqual([logKey])
    expect(policy.witnesses.map(({ name }) => name)).toEqual(['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'])
    expect(policy.groups).toEqual([
      { name: 'X-witnesses', threshold: 2, members: ['X1', 'X2', 'X3'] },
      { name: 'Y-witnesses', threshold: 1, members: ['Y1', 'Y2', 'Y3'] },
      { name: 'X-and-Y', threshold: 2, members: ['X-witnesses', 'Y-witnesses'] },
    ])
    expect(policy.quorum).toBe('X-and-Y')
    expect(policy.endorsers).toEqual([])
    expect(policy.maxStalenessSeconds).toBeUndefined()
  })

  it('may ask for no cosignature, for one witness, and may name URLs', () => {
    expect(parsePolicy('quorum none\n').quorum).toBeUndefined()
    const policy = parsePolicy(`log ${LOG} https://log.example/\nwitness w ${X1} https://w.example/submit\nquorum w\n`)
    expect(policy.quorum).toBe('w')
    expect(policy.logs[0]?.url).toBe('https://log.example/')
    expect(policy.witnesses[0]?.url).toBe('https://w.example/submit')
  })

  it('carry our additions as comments', () => {
    const text = `quorum none\n#tally endorser ${ENDORSER}\n  #tally\tmax-staleness 30d\n# tally is a word here\n#other\n`
    const policy = parsePolicy(text)
    expect(policy.endorsers).toEqual([ENDORSER])
    expect(policy.maxStalenessSeconds).toBe(30 * 86_400)
  })

  it.each([
    ['45s', 45],
    ['90m', 5400],
    ['36h', 129_600],
    ['3650d', 315_360_000],
  ])('read the duration %s as %d seconds', (text, seconds) => {
    expect(parsePolicy(`quorum none\n#tally max-staleness ${text}\n`).maxStalenessSeconds).toBe(seconds)
  })

  it('are spaced with tabs and spaces as one likes, with or without a last newline', () => {
    const spaced = NESTED.replaceAll(' ', ' \t ').replaceAll('\n', '  \n\t').trimEnd()
    expect(parsePolicy(spaced)).toEqual(parsePolicy(NESTED))
  })

  it('take names as they are: any Unicode space but space and tab is part of one', () => {
    const policy = parsePolicy(`witness a\u00a0b ${X1}\nquorum a\u00a0b\n`)
    expect(policy.quorum).toBe('a\u00a0b')
  })

  it('are printed so that the same policy is read back', () => {
    const keys = [X1, X2, X3, Y1, Y2, Y3]
    const anyPolicy = fc.record({
      witnesses: fc.integer({ min: 1, max: 6 }),
      thresholds: fc.array(fc.nat(), { maxLength: 3 }),
      staleness: fc.option(fc.integer({ min: 1, max: 10_000_000 }), { nil: undefined }),
      hasLog: fc.boolean(),
      hasUrl: fc.boolean(),
    })
    fc.assert(
      fc.property(anyPolicy, ({ witnesses, thresholds, staleness, hasLog, hasUrl }) => {
        const lines = hasLog ? [`log ${LOG}${hasUrl ? ' https://log.example/' : ''}`] : []
        const free = keys.slice(0, witnesses).map((key, index) => {
          lines.push(`witness w${index} ${key}`)
          return `w${index}`
        })
        for (const [index, threshold] of thresholds.entries()) {
          const members = free.splice(0, 1 + (threshold % free.length))
          lines.push(`group g${index} ${1 + (threshold % members.length)} ${members.join(' ')}`)
          free.push(`g${index}`)
        }
        lines.push(`quorum ${free.at(-1)}`)
        if (staleness !== undefined) lines.push(`#tally max-staleness ${staleness}s`)
        const policy = parsePolicy(lines.join('\n'))
        const printed = formatPolicy(policy)
        expect(parsePolicy(printed)).toEqual(policy)
        expect(formatPolicy(parsePolicy(printed))).toBe(printed)
      }),
    )
  })

  it('read 200 groups, each inside the next', () => {
    const groups = Array.from({ length: 200 }, (_, index) => `group g${index + 1} any g${index}`)
    const policy = parsePolicy([`witness g0 ${X1}`, ...groups, 'quorum g200'].join('\n'))
    expect(policy.groups).toHaveLength(200)
  })

  const two = `witness a ${X1}\nwitness b ${X2}\n`
  it.each([
    ['nothing', ''],
    ['no quorum', two],
    ['two quorums', `${two}quorum a\nquorum b\n`],
    ['a quorum of an unknown name', `${two}quorum c\n`],
    ['a quorum before its name', `quorum a\n${two}`],
    ['a quorum of two names', `${two}quorum a b\n`],
    ['an unknown keyword', `${two}Quorum a\n`],
    ['one key for two witnesses', `witness a ${X1}\nwitness b ${X1}\nquorum a\n`],
    ['one raw key under two key names', `${sameKeyTwice()}quorum a\n`],
    ['one raw key for a log and a witness', `${logAsWitness()}quorum a\n`],
    ['one log twice', `log ${LOG}\nlog ${LOG}\nquorum none\n`],
    ['one name twice', `witness a ${X1}\nwitness a ${X2}\nquorum a\n`],
    ['a group with the name of a witness', `${two}group a any b\nquorum a\n`],
    ['a witness named none', `witness none ${X1}\nquorum none\n`],
    ['a group named none', `${two}group none any a\nquorum none\n`],
    ['a group of itself', `${two}group g any g\nquorum g\n`],
    ['a member defined later', `witness a ${X1}\ngroup g any a b\nwitness b ${X2}\nquorum g\n`],
    ['a member twice in a group', `${two}group g 2 a a\nquorum g\n`],
    ['a member of two groups', `${two}group g any a\ngroup h any a b\nquorum g\n`],
    ['none as a member', `${two}group g any none\nquorum g\n`],
    ['a group of nobody', `${two}group g any\nquorum g\n`],
    ['a threshold of 0', `${two}group g 0 a b\nquorum g\n`],
    ['a threshold above the members', `${two}group g 3 a b\nquorum g\n`],
    ['a threshold with a leading zero', `${two}group g 01 a b\nquorum g\n`],
    ['a threshold of another spelling', `${two}group g most a b\nquorum g\n`],
    ['a witness key for a log', `log ${X1}\nquorum none\n`],
    ['a log key for a witness', `witness a ${LOG}\nquorum a\n`],
    ['a witness without a key', 'witness a\nquorum a\n'],
    ['a fifth item', `witness a ${X1} https://a.example/ more\nquorum a\n`],
    ['Windows line ends', `${two}quorum a\n`.replaceAll('\n', '\r\n')],
    ['a DEL character', `${two}quorum a\u007f\n`],
    ['a misspelt addition', 'quorum none\n#tally endorsers x\n'],
    ['an addition without a value', 'quorum none\n#tally endorser\n'],
    ['an endorser that is no party id', 'quorum none\n#tally endorser bafy\n'],
    ['an endorser twice', `quorum none\n#tally endorser ${ENDORSER}\n#tally endorser ${ENDORSER}\n`],
    ['two staleness bounds', 'quorum none\n#tally max-staleness 1d\n#tally max-staleness 2d\n'],
    ['a staleness of 0', 'quorum none\n#tally max-staleness 0d\n'],
    ['a staleness without a unit', 'quorum none\n#tally max-staleness 30\n'],
    ['a staleness in weeks', 'quorum none\n#tally max-staleness 4w\n'],
    ['a staleness beyond all numbers', 'quorum none\n#tally max-staleness 9007199254740991d\n'],
    ['more than 256 KiB', `quorum none\n#${' '.repeat(300_000)}`],
  ])('are refused with %s', (_, text) => {
    expect(codeOf(() => parsePolicy(text))).toBe('POLICY_MALFORMED')
  })

  it('are refused with a verifier key that is none, or one that is unfit', () => {
    expect(codeOf(() => parsePolicy('witness a a+00000000+AQID\nquorum a\n'))).toBe('VKEY_MALFORMED')
    expect(() => parsePolicy('# first\nwitness a a+00000000+AQID\nquorum a\n')).toThrow(/^line 2 of the policy: /u)
    const weak = formatVerifierKey(verifierKey('a', 4, new Uint8Array(32).fill(1, 0, 1)))
    expect(codeOf(() => parsePolicy(`witness a ${weak}\nquorum a\n`))).toBe('KEY_WEAK')
  })

  it('may name a key of a type we do not verify', () => {
    const key = formatVerifierKey(verifierKey('pq.example', 6, new Uint8Array(1312).fill(1)))
    const policy = parsePolicy(`witness a ${key}\nquorum a\n`)
    expect(parsePolicy(formatPolicy(policy))).toEqual(policy)
  })
})

function sameKeyTwice(): string {
  const other = formatVerifierKey(verifierKey('other.example', 4, signerOf(11).publicKey))
  return `witness a ${X1}\nwitness b ${other}\n`
}

function logAsWitness(): string {
  return `log ${LOG}\nwitness a ${formatVerifierKey(verifierKey('a.example', 4, logKey.publicKey))}\n`
}
