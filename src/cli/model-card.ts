/**
 * What a training job writes about the model it made, for `tally usage attest --model`: a small JSON file, or the file of
 * weights itself, of which only digest and name are taken. The fields are those of a usage; `file` stands for a digest
 * that is computed here.
 */
import { basename, dirname, isAbsolute, join } from 'node:path'
import { digestFile } from './digest-file.ts'
import { closedMap, malformedAs, readJson } from './json-file.ts'
import { parseDigest } from './reference.ts'
import { asText } from './terminal-text.ts'
import { parseTime } from './time-input.ts'
import type { Payload } from './yaml-payload.ts'

const MAX_CARD_BYTES = 1 << 20
const malformed = malformedAs('MODEL_CARD_MALFORMED', 'the fields are in docs/how-to/ci.md')
const COPIED = [
  'run',
  'actions',
  'purposes',
  'commercial',
  'places',
  'project',
  'capabilities',
  'openness',
  'published',
  'licence',
  'attribution',
  'complete',
] as const
const OF_OUTPUT = ['name', 'file', 'sha256'] as const
const OWN = [...OF_OUTPUT, 'outputs', 'parents', 'from', 'to', 'code', 'environment'] as const

/** @returns fields of a usage @throws LedgerError FILE_NOT_FOUND, MODEL_CARD_MALFORMED */
export async function readModel(path: string): Promise<Payload> {
  if (!path.endsWith('.json')) return { outputs: [await outputOf(path, basename(path))] }
  const card = closedMap(await readJson(path, MAX_CARD_BYTES, malformed), path, [...COPIED, ...OWN], malformed)
  const payload: Payload = {}
  for (const field of COPIED) if (card[field] !== undefined) payload[field] = card[field]
  for (const field of ['from', 'to'] as const) {
    if (card[field] !== undefined) payload[field] = parseTime(asText(card[field]), `${path}: ${field}`)
  }
  for (const field of ['code', 'environment'] as const) {
    if (card[field] !== undefined) payload[field] = parseDigest(asText(card[field]), `${path}: ${field}`)
  }
  if (card['parents'] !== undefined)
    payload['parents'] = listOf(card['parents'], `${path}: parents`).map((hex) =>
      parseDigest(String(hex), `${path}: parents`),
    )
  const outputs =
    card['outputs'] === undefined
      ? [card]
      : listOf(card['outputs'], `${path}: outputs`).map((output) =>
          closedMap(output, `${path}: outputs`, OF_OUTPUT, malformed),
        )
  payload['outputs'] = await Promise.all(outputs.map((output) => cardOutput(output, path)))
  return payload
}

async function cardOutput({ name, file, sha256 }: Record<string, unknown>, path: string): Promise<Payload> {
  const named = typeof name === 'string' ? { name } : {}
  if (typeof sha256 === 'string') return { ...named, sha256: parseDigest(sha256, `${path}: sha256`) }
  if (typeof file !== 'string') throw malformed(path, 'which model came out? "sha256" or "file" is needed')
  return outputOf(isAbsolute(file) ? file : join(dirname(path), file), typeof name === 'string' ? name : basename(file))
}

async function outputOf(path: string, name: string): Promise<Payload> {
  return { name, sha256: (await digestFile(path)).sha256 }
}

function listOf(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw malformed(path, 'a list was expected')
}
