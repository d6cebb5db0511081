/**
 * Every scenario file of ours, and those of TALLYSTICK_SCENARIOS where it is set, holds when it is played.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { decodeBundle, encodeBundle } from '../../src/evidence/bundle.ts'
import type { Bundle } from '../../src/evidence/bundle-model.ts'
import type { Report } from '../../src/evidence/report.ts'
import { verifyBundle } from '../../src/evidence/verify.ts'
import { nativeSha256, nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { playScenario } from '../../src/scenario/play.ts'
import { parseScenario } from '../../src/scenario/scenario.ts'
import { decodeStatement } from '../../src/statement/envelope.ts'
import { decodeIndexEvidence, encodeIndexEvidence } from '../../src/subject-index/evidence.ts'
import { REASON_CODES } from '../../src/terms/reason-code.ts'

const OWN = join(import.meta.dirname, '../scenarios')
const FOREIGN = process.env['TALLYSTICK_SCENARIOS']
const TOOLS = { verifier: nativeVerifier, sha256: nativeSha256, signerOf: nativeSigner }

function filesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name))
}

/** Every third here, each one in CI and nightly: they are many, and one lane of the machine plays them all. */
const STEP = Number(process.env['TALLYSTICK_SCENARIO_STEP'] ?? 10)
/** Every so many-th is taken apart, entry by entry, and judged by others; each one nightly. */
const HOSTILE_STEP = Number(process.env['TALLYSTICK_HOSTILE_STEP'] ?? 40)

/** What only whole logs show: who else claims a dataset is reported, and decides nothing. */
function withoutContested(verdict: Report['verdict']): string {
  const kept = (_: string, value: unknown): unknown =>
    Array.isArray(value)
      ? value.filter((item) => (item as { code?: string } | null)?.code !== 'OWNERSHIP_CONTESTED')
      : value
  return JSON.stringify(verdict, kept)
}

/** Verifiers who believe others than the story does: nobody's credentials, more witnesses than there are, another time. */
function otherTrusts(policy: string): readonly (readonly [policy: string, at: number | undefined])[] {
  const lines = policy.split('\n')
  const without = (start: string): string => lines.filter((line) => !line.startsWith(start)).join('\n')
  const witnesses = lines.filter((line) => line.startsWith('witness w')).length
  return [
    [without('#tally endorser'), undefined],
    [policy.replace(/^group operators \d+/mu, `group operators ${witnesses}`), undefined],
    [policy.replace(/^group operators \d+/mu, 'group operators 1'), undefined],
    [policy, 1_700_000_000],
  ]
}

/** Whoever puts evidence together may leave out any entry, list or checkpoint: the verdict stands, or nothing is settled. */
async function changedByOmission(file: string): Promise<string[]> {
  const scenario = parseScenario(parse(readFileSync(file, 'utf8')))
  const { policy, results } = await playScenario(scenario, { ...TOOLS, form: 'parts' })
  const changed: string[] = []
  for (const { bundle, report } of results) {
    const decoded = decodeBundle(bundle, nativeSha256)
    for (const { what, part } of omissions(decoded)) {
      const { exit, verdict } = await verifyBundle(encodeBundle(part, nativeSha256), policy, {
        ...TOOLS,
        ...(report.instant === undefined ? {} : { at: report.instant }),
      })
      if (exit === 3) continue
      const before = outcomesOf(report.verdict)
      for (const [about, outcome] of outcomesOf(verdict)) {
        const honest = before.get(about)
        if (honest !== undefined && outcome !== honest && outcome !== 'undetermined')
          changed.push(`${about}: ${honest} became ${outcome} without ${what}`)
      }
    }
  }
  return changed
}

/** Of the whole, of each use and each dataset of it, and of what it inherits. */
function outcomesOf(verdict: Report['verdict']): ReadonlyMap<string, string> {
  const outcomes = new Map<string, string>([['all', verdict?.outcome ?? 'undetermined']])
  for (const { use, outcome, datasets, inherited } of verdict?.uses ?? []) {
    outcomes.set(`use ${use}`, outcome)
    if (inherited !== undefined) outcomes.set(`inherited by ${use}`, inherited.outcome)
    for (const dataset of datasets) outcomes.set(`version ${dataset.version} of ${use}`, dataset.outcome)
  }
  return outcomes
}

function omissions(bundle: Bundle): { what: string; part: Bundle }[] {
  const entries = bundle.statements
    .filter(({ index }) => index > 0)
    .map((left) => ({
      what: `entry ${left.index}, ${decodeStatement(left.entry.data ?? new Uint8Array()).kindName}`,
      part: { ...bundle, statements: bundle.statements.filter((each) => each !== left) },
    }))
  const lists = bundle.absences.flatMap(({ data }, at) => {
    const evidence = decodeIndexEvidence(data ?? new Uint8Array())
    return evidence.lists.map((left) => {
      const bytes = encodeIndexEvidence({ ...evidence, lists: evidence.lists.filter((each) => each !== left) })
      const absences = bundle.absences.with(at, { digest: nativeSha256(bytes), data: bytes })
      return { what: `the list of kind ${left.relation}`, part: { ...bundle, absences } }
    })
  })
  return [...entries, ...lists, ...withoutNotes(bundle)]
}

/** Without any one checkpoint but the last, without all before it, and without all from it on. */
function withoutNotes(bundle: Bundle): { what: string; part: Bundle }[] {
  return bundle.logs.flatMap((log, at) =>
    log.notes.slice(0, -1).flatMap((_, i) => {
      const kept = {
        checkpoint: [i, i + 1],
        'checkpoints up to': [0, i + 1],
        'checkpoints from': [i, log.notes.length - 1],
      }
      return Object.entries(kept).map(([what, [from = 0, to = 0]]) => {
        const notes = log.notes.filter((_note, j) => j < from || j >= to)
        return { what: `${what} ${i}`, part: { ...bundle, logs: bundle.logs.with(at, { ...log, notes }) } }
      })
    }),
  )
}

/** The scenario holds, and everybody comes to the same verdict from single entries with the proofs of the index. */
async function differencesOf(file: string): Promise<string[]> {
  const scenario = parseScenario(parse(readFileSync(file, 'utf8')))
  const whole = await playScenario(scenario, { ...TOOLS, form: 'whole' })
  const parts = await playScenario(scenario, { ...TOOLS, form: 'parts' })
  for (const [i, inParts] of parts.results.entries()) {
    const inWhole = whole.results[i]
    if (inWhole === undefined) throw new Error('both ways ask the same questions')
    expect(withoutContested(inParts.report.verdict)).toBe(withoutContested(inWhole.report.verdict))
    for (const [policy, at] of otherTrusts(whole.policy).filter((_, n) => HOSTILE_STEP === 1 || n === i % 4)) {
      const options = { ...TOOLS, ...(at === undefined ? {} : { at }) }
      const [a, b] = [
        await verifyBundle(inParts.bundle, policy, options),
        await verifyBundle(inWhole.bundle, policy, options),
      ]
      expect(withoutContested(a.verdict), policy).toBe(withoutContested(b.verdict))
    }
  }
  return whole.results.flatMap(({ expectation, differences }) =>
    differences.map((each) => `${expectation.path} ${each}`),
  )
}

/** Stories whose verdict could once be changed by leaving something out. */
const CHANGED_ONCE = ['amend-06', 'attest-06', 'claim-08', 'log-10', 'revoke-08', 'time-06', 'withdrawal-06']

describe('scenarios of ours', () => {
  it.each(
    filesOf(OWN)
      .filter((_, i) => i % STEP === 0)
      .map((file) => [file.slice(OWN.length + 1), file]),
  )('%s holds', async (_, file) => {
    expect(await differencesOf(file)).toEqual([])
  })

  it.each(
    filesOf(OWN)
      .filter((file, i) => i % HOSTILE_STEP === 0 || CHANGED_ONCE.some((name) => file.includes(`/${name}-`)))
      .map((file) => [file.slice(OWN.length + 1), file]),
  )(
    '%s: nobody changes the verdict by leaving something out',
    async (_, file) => {
      expect(await changedByOmission(file)).toEqual([])
    },
    120_000,
  )

  it('provoke every reason that evidence in one log can give', () => {
    const text = filesOf(OWN)
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    // A scenario's witnesses never fail to cosign: that is shown in tests/terms.
    expect(REASON_CODES.filter((code) => code !== 'NO_QUORUM' && !text.includes(code))).toEqual([])
  })
})

if (FOREIGN === undefined) {
  process.stderr.write('TALLYSTICK_SCENARIOS is not set: the scenarios of others are SKIPPED\n')
}

describe.skipIf(FOREIGN === undefined)('scenarios of others', () => {
  it('hold, every one', async () => {
    const files = filesOf(FOREIGN ?? OWN)
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) expect(await differencesOf(file), file).toEqual([])
  })
})
