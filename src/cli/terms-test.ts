/**
 * `tally terms test FILE|FOLDER...`: plays scenarios through the real pipeline and compares. Exit 0 when all expectations hold,
 * 1 when one does not, 2 when a file is wrong.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { LedgerError, isLedgerError } from '../errors.ts'
import { nativeSha256, nativeSigner, nativeVerifier } from '../node/native-crypto.ts'
import { playScenario, type PlayedScenario } from '../scenario/play.ts'
import { type Expectation, parseScenario } from '../scenario/scenario.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { readInputText } from './files.ts'
import type { JsonObject } from './output.ts'

const SCHEMA = 'tallystick/terms-test/1'
/** Whole logs: all reasons are given, also those that decide nothing. The verdict is the same from parts. */
const TOOLS = { verifier: nativeVerifier, sha256: nativeSha256, signerOf: nativeSigner, form: 'whole' } as const

export async function testScenarios(context: Context, paths: readonly string[]): Promise<number> {
  const files = (await Promise.all(paths.map(filesIn))).flat()
  const wrong: LedgerError[] = []
  let failed = 0
  for (const file of files) {
    const played = await playOrFault(file)
    if (played instanceof LedgerError) {
      wrong.push(played)
      const { code, message } = played
      context.output.item({ schema: SCHEMA, file, ok: false, error: { code, message } }, `WRONG  ${message}`)
      continue
    }
    const holds = played.results.every((result) => result.holds)
    if (!holds) failed++
    context.output.item({ schema: SCHEMA, file, ...toJson(played) }, describe(file, played))
  }
  if (files.length > 1 && !context.output.isJson)
    context.output.progress(`${files.length - failed - wrong.length} of ${files.length} scenarios hold`)
  // One wrong file does not keep the others from being played; it decides how the command ends.
  const [first] = wrong
  if (first !== undefined) throw first
  return failed === 0 ? EXIT.done : EXIT.failure
}

async function playOrFault(file: string): Promise<PlayedScenario | LedgerError> {
  try {
    return await play(file)
  } catch (error) {
    if (isLedgerError(error)) return error
    throw error
  }
}

/** A file itself; of a folder its YAML files, in the order of their names. */
async function filesIn(path: string): Promise<string[]> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR' || error.code === 'ENOENT') return undefined
    throw error
  })
  if (names === undefined) return [path]
  const files = names.filter((name) => /\.ya?ml$/u.test(name)).sort()
  if (files.length === 0) throw new LedgerError('FILE_NOT_FOUND', `${path} holds no YAML file`)
  return files.map((name) => join(path, name))
}

async function play(file: string): Promise<PlayedScenario> {
  const text = await readInputText(file)
  let value: unknown
  try {
    // YAML 1.2 core schema: N, Y and NO are words. maxAliasCount: a small file cannot unfold into gigabytes.
    value = parse(text, { maxAliasCount: 100, uniqueKeys: true, schema: 'core' })
  } catch (cause) {
    const problem = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : ''
    throw new LedgerError('SCENARIO_INVALID', `${file} is not YAML: ${problem}`, { cause })
  }
  try {
    return await playScenario(parseScenario(value), TOOLS)
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'SCENARIO_INVALID') throw error
    throw new LedgerError('SCENARIO_INVALID', `${file}: ${error.message}`, {
      cause: error,
      hint: 'the format of scenarios is in docs/scenarios.md',
    })
  }
}

function toJson({ title, results }: PlayedScenario): JsonObject {
  return {
    title,
    ok: results.every(({ holds }) => holds),
    expectations: results.map(({ expectation, holds, differences, reasons }) => ({
      about: { ...expectation.about },
      ok: holds,
      differences,
      reasons: reasons.map(({ code, sentence }) => ({ code, sentence })),
    })),
  }
}

function describe(file: string, { title, results }: PlayedScenario): string {
  const wrong = results.filter(({ holds }) => !holds)
  if (wrong.length === 0) return `holds  ${file}: ${title}`
  const lines = wrong.flatMap(explain)
  return [`FAILS  ${file}: ${title}`, ...lines].join('\n')
}

function explain({ expectation, differences, reasons }: PlayedScenario['results'][number]): string[] {
  const given = new Set(reasons.map(({ code, sentence }) => `    ${code}: ${sentence}`))
  return [
    `  ${nameOf(expectation)} (${expectation.path})`,
    ...differences.map((difference) => `    ${difference}`),
    ...given,
  ]
}

function nameOf({ about }: Expectation): string {
  if ('claim' in about) return `claim ${about.claim}`
  if ('model' in about) return `model ${about.model}`
  return about.dataset === undefined ? `use ${about.use}` : `use ${about.use} of dataset ${about.dataset}`
}
