/**
 * Every scenario file of ours, and those of TALLYSTICK_SCENARIOS where it is set, holds when it is played.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { nativeSha256, nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { playScenario } from '../../src/scenario/play.ts'
import { parseScenario } from '../../src/scenario/scenario.ts'
import { REASON_CODES } from '../../src/terms/reason-code.ts'

const OWN = join(import.meta.dirname, '../scenarios')
const FOREIGN = process.env['TALLYSTICK_SCENARIOS']
const TOOLS = { verifier: nativeVerifier, sha256: nativeSha256, signerOf: nativeSigner }

function filesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name))
}

async function differencesOf(file: string): Promise<string[]> {
  const { results } = await playScenario(parseScenario(parse(readFileSync(file, 'utf8'))), TOOLS)
  return results.flatMap(({ expectation, differences }) => differences.map((each) => `${expectation.path} ${each}`))
}

/** Every third here, each one in CI and nightly: they are many, and one lane of the machine plays them all. */
const STEP = Number(process.env['TALLYSTICK_SCENARIO_STEP'] ?? 3)

describe('scenarios of ours', () => {
  it.each(
    filesOf(OWN)
      .filter((_, i) => i % STEP === 0)
      .map((file) => [file.slice(OWN.length + 1), file]),
  )('%s holds', async (_, file) => {
    expect(await differencesOf(file)).toEqual([])
  })

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
