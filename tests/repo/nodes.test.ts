/**
 * The sample nodes are settings the program accepts, and the story names only what it defines.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readPayloadFile } from '../../src/cli/yaml-payload.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { parseNodeConfig } from '../../src/node/config.ts'
import { payloadSchema } from '../../src/statement/payload.ts'
import type { TermsPayload } from '../../src/statement/terms.ts'
import { TERMS_PROFILE } from '../../src/statement/vocabulary.ts'
import { ROOT, readText } from './files.ts'

const folders = readdirSync(join(ROOT, 'nodes'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

test.each(folders)('the sample node %s has settings the program accepts, on loopback only', (folder) => {
  const config = parseNodeConfig(readText(`nodes/${folder}/node.yaml`))
  expect(config.origin).toBe(`${folder}.example/tally/1`)
  for (const address of config.listen) expect(address).toBe('/ip4/127.0.0.1/tcp/0')
})

test('nodes/README.md explains every setting of the program', () => {
  const page = readText('nodes/README.md')
  const config = parseNodeConfig('name: A\norigin: a.example/tally/1\n')
  const settings = Object.keys(config).filter((key) => key !== 'admission')
  for (const key of [...settings, ...Object.keys(config.admission).map((key) => `admission.${key}`)]) {
    expect(page).toContain(`| \`${key}\` |`)
  }
})

interface Story {
  nodes: string[]
  parties: Record<string, { name: string; node?: string }>
  datasets: { id: string; versions: { label: string; sha256: string }[] }[]
  terms: Record<string, { file: string; grant: 'open' | 'named' }>
  steps: Record<string, unknown>[]
  claim: { use: string; by: string }
  compliant: { use: string }
}

test('the story starts every sample node and uses only what it defines', () => {
  const story = parse(readText('nodes/story.yaml')) as Story
  expect(story.nodes.toSorted()).toEqual(folders.toSorted())
  const versions = story.datasets.flatMap((dataset) => dataset.versions)
  expect(new Set(versions.map((version) => version.sha256)).size).toBe(4)
  for (const version of versions) expect(version.sha256).toMatch(/^[0-9a-f]{64}$/)
  const text = JSON.stringify(story.steps)
  for (const [, party] of text.matchAll(/"(?:by|to)":"([^"]+)"/g)) expect(Object.keys(story.parties)).toContain(party)
  for (const [, terms] of text.matchAll(/"terms":"([^"]+)"/g)) expect(Object.keys(story.terms)).toContain(terms)
  const ids = story.datasets.map((dataset) => dataset.id)
  for (const [, dataset] of text.matchAll(/"dataset":"([^"]+)"/g)) expect(ids).toContain(dataset)
  for (const use of [story.claim.use, story.compliant.use]) expect(text).toContain(`"use":{"id":"${use}"`)
})

test('the terms of the story are terms that can be published', async () => {
  const story = parse(readText('nodes/story.yaml')) as Story
  for (const { file } of Object.values(story.terms)) {
    const written = await readPayloadFile(join(ROOT, 'nodes', file))
    const terms = {
      v: 1,
      profile: TERMS_PROFILE,
      lineage: cidOf(new Uint8Array()),
      ...written,
    } as unknown as TermsPayload
    const schema = payloadSchema(7)
    expect(schema.decode(schema.encode(terms, file), file)).toEqual(terms)
  }
})
