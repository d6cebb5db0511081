import { describe, expect, it } from 'vitest'
import { formatReportJson } from '../../src/evidence/report.ts'
import { formatReportText } from '../../src/evidence/report-text.ts'
import { nativeSha256, nativeVerifier } from '../../src/node/native-crypto.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { verifyBundle } from '../../src/evidence/verify.ts'
import { policyText, TestNode } from '../support/evidence-ledger.ts'
import { encode, replayBundle, verify } from '../support/evidence-bundles.ts'
import { createStory } from '../support/evidence-story.ts'

const story = createStory()
const violation = encode(replayBundle(story, { use: story.ids.claimedUse }))
const compliant = encode(replayBundle(story, { use: story.ids.use }))

describe('the report as JSON', () => {
  it('has the same bytes with either cryptography and whatever order its checks end in', async () => {
    const native = await verifyBundle(violation, story.policy, { verifier: nativeVerifier, sha256: nativeSha256 })
    let turn = 0
    const unsteady = {
      async verify(...args: Parameters<typeof nobleVerifier.verify>): Promise<boolean> {
        for (let i = (turn++ * 7) % 11; i > 0; i--) await Promise.resolve()
        return nobleVerifier.verify(...args)
      },
    }
    const portable = await verifyBundle(violation, story.policy, { verifier: unsteady })
    expect(formatReportJson(portable)).toBe(formatReportJson(native))
  })

  it('is one object with the agreed keys, two spaces and a last newline', async () => {
    const text = formatReportJson(await verify(violation, story.policy))
    const value: unknown = JSON.parse(text)
    expect(`${JSON.stringify(value, undefined, 2)}\n`).toBe(text)
    expect(value).toMatchObject({
      schema: 'tallystick/verify/1',
      ok: false,
      exit: 4,
      outcome: 'violation',
      asOf: '2026-09-21T14:18:20Z',
    })
    expect(Object.keys(value ?? {})).toEqual([
      'schema',
      'ok',
      'exit',
      'question',
      'policy',
      'instant',
      'asOf',
      'outcome',
      'signatures',
      'quorum',
      'logs',
      'uses',
      'claims',
      'steps',
      'unsigned',
      'notProved',
    ])
  })

  it('says whether the policy is the one that the maker had in mind', async () => {
    const { policy } = await verify(compliant, story.policy)
    const hint = { name: 'mine\u001b[31m', sha256: nativeSha256(new TextEncoder().encode(story.policy)) }
    const hinted = await verify(encode(replayBundle(story, { use: story.ids.use }, { policyHint: hint })), story.policy)
    expect(JSON.parse(formatReportJson(hinted))).toMatchObject({
      policy: { sha256: policy.sha256, hint: { name: 'mine[31m', isSame: true } },
    })
  })
})

describe('the report as text', () => {
  it('shows three lights, why, and what it does not prove', async () => {
    const lines = formatReportText(await verify(violation, story.policy)).split('\n')
    expect(lines[0]).toMatch(/^Signatures {3}ok {11}12 of 12, by Bolt Audio \(/)
    expect(lines[1]).toMatch(/^Record {7}ok {11}2 of 2 witnesses .*checkpoint 12 of kisumu\.example\/tally\/1/)
    expect(lines[2]).toMatch(/^Terms {8}VIOLATION .*\[NO_PERMISSION\]$/)
    expect(lines[3]).toBe('Why')
    expect(lines.at(-2)).toMatch(/^Does not prove: .*--explain$/)
  })

  it('judges nothing where the bytes do not hold, and says which do not', async () => {
    const changed = compliant.slice()
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    const text = formatReportText(await verify(changed, story.policy))
    expect(text).toMatch(/^Signatures {3}FAILED .*\[CID_MISMATCH\]$/m)
    expect(text).toMatch(/^Terms {8}not judged/m)
    expect(text).not.toContain('Why')
  })

  it('tells an unknown signer from a bad signature', async () => {
    const text = formatReportText(await verify(compliant, policyText([new TestNode('north'), new TestNode('south')])))
    expect(text).toMatch(/^Record {7}not trusted .*authentic/m)
    expect(text).not.toContain('FAILED')
  })

  it('draws the chain from use to grant when asked, with where each stands and who vouches for it', async () => {
    const text = formatReportText(await verify(compliant, story.policy), { explain: true })
    const chain = text.slice(text.indexOf('Chain\n'), text.indexOf('Details\n')).trimEnd().split('\n')
    const says = chain.slice(1).filter((_, i) => i % 3 === 0)
    expect(says.map((line) => line.trim().replace(/"[^"]*"/gu, '"..."'))).toEqual([
      expect.stringMatching(/^use "\.\.\." by \w+/u),
      expect.stringMatching(/^version "\.\.\." of "\.\.\." by \w+.*: compliant$/u),
      expect.stringMatching(/^under terms of \w+/u),
      expect.stringMatching(/^by a grant of .* to /u),
      expect.stringMatching(/^accepted by /u),
    ])
    for (const line of chain.slice(1).filter((_, i) => i % 3 === 2))
      expect(line).toMatch(/entry \d+ of .* \(the whole log is replayed\), witnessed by .*, signature valid$/u)
    // A use without a grant says so, and has no link to one.
    const without = formatReportText(await verify(violation, story.policy), { explain: true })
    expect(without).toContain('without a grant: violation')
    expect(without).not.toContain('by a grant of')
  })

  it('explains every step and every witness when asked', async () => {
    const report = await verify(compliant, story.policy)
    const text = formatReportText(report, { explain: true })
    for (const { message } of report.steps) expect(text).toContain(message)
    expect(text).toContain('counted  coast')
    expect(text).toContain(report.policy.sha256)
  })
})
