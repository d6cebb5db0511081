import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/encoding/bytes.ts'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { decodeStatement, prepareEnvelope, prepareStatement, signStatement } from '../../src/statement/envelope.ts'
import { MAX_REFERENCES, references } from '../../src/statement/references.ts'
import { codeOf } from '../support/error-code.ts'
import { SAMPLES, partyId, sampleCid, signed, signedSamples, signer } from '../support/statement-samples.ts'

/** `type subject` of each reference. */
function listed(bytes: Uint8Array): string[] {
  return references(decodeStatement(bytes)).map(
    ({ type, subject }) => `${type} ${typeof subject === 'string' ? subject : toHex(subject)}`,
  )
}

describe('references', () => {
  it('of a revocation are what it revokes and who issued it', () => {
    expect(references(decodeStatement(signed(13, SAMPLES[13].full)))).toEqual([
      { type: 1, subject: sampleCid(33), relation: 13 },
      { type: 3, subject: partyId, relation: 13 },
    ])
  })

  it('of a usage are grants, versions, models and outputs, each once', () => {
    expect(listed(signed(15, SAMPLES[15].full))).toEqual([
      `1 ${sampleCid(17)}`,
      `1 ${sampleCid(33)}`,
      `1 ${sampleCid(34)}`,
      `1 ${sampleCid(18)}`,
      `1 ${sampleCid(35)}`,
      `1 ${sampleCid(36)}`,
      `2 ${'0e'.repeat(32)}`,
      `2 ${'0f'.repeat(32)}`,
      `2 ${'10'.repeat(32)}`,
      `3 ${partyId}`,
    ])
  })

  it('of terms include the parties and terms that their clauses name, but no blob', () => {
    const found = listed(signed(7, SAMPLES[7].full))
    for (const n of [11, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26, 27]) expect(found).toContain(`1 ${sampleCid(n)}`)
    for (const n of [25, 28]) expect(found).not.toContain(`1 ${sampleCid(n)}`)
  })

  it("of a party's first statement name no issuer: its id is not yet in iss", () => {
    expect(listed(signed(3, SAMPLES[3].minimal))).toEqual([])
  })

  it('of statements that are not read are none', () => {
    for (const kind of [2] as const) {
      const prepared = prepareEnvelope(kind, encodeCbor([sampleCid(1)]), { iss: partyId, sub: 'x' }, signer.publicKey)
      expect(listed(signStatement(prepared, signer))).toEqual([])
    }
  })

  it('carry the kind of the statement that refers, and come without repetition', () => {
    for (const { bytes, kind } of signedSamples()) {
      const found = references(decodeStatement(bytes))
      expect(found.every(({ relation }) => relation === kind)).toBe(true)
      expect(new Set(listed(bytes)).size).toBe(found.length)
    }
  })

  it('are at most 256', () => {
    const usage = (datasets: number, grants: number) => ({
      ...SAMPLES[15].minimal,
      datasets: Array.from({ length: datasets }, (_, i) => ({
        version: sampleCid(1000 + i),
        grants: i === 0 ? Array.from({ length: grants }, (_, n) => sampleCid(2000 + n)) : [],
      })),
      parents: Array.from({ length: 54 }, (_, i) => new Uint8Array(32).fill(i)),
    })
    // 200 versions, 54 models, the issuer, and one grant make 256.
    const largest = signed(15, usage(200, 1))
    expect(references(decodeStatement(largest))).toHaveLength(MAX_REFERENCES)
    expect(codeOf(() => prepareStatement(15, usage(200, 2), { iss: partyId }, signer.publicKey))).toBe(
      'STATEMENT_MALFORMED',
    )
  })

  it('are those of the table in docs/formats.md, by which others write the same map function', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/formats.md'), 'utf8')
    const rows = [...page.matchAll(/^\| (\d+) \| ([^|]*`[^|]*) \|$/gmu)].map(
      ([, kind, fields]) => [Number(kind), fields] as const,
    )
    // Terms name parties in conditions as well, which no list of fields says: they are tested above.
    expect(rows.map(([kind]) => kind)).toEqual([1, ...Array.from({ length: 23 }, (_, i) => i + 3)])
    for (const { bytes, kind } of signedSamples()) {
      const fields = rows.find(([number]) => number === kind)?.[1]
      if (fields === undefined || kind === 7) continue
      const statement = decodeStatement(bytes)
      const named = [...fields.matchAll(/`([a-zA-Z0-9.]+)`/gu)].flatMap(([, path = '']) =>
        valuesAt(statement.payload, path.split('.')).map((value) =>
          value instanceof Uint8Array ? `2 ${toHex(value)}` : `1 ${String(value)}`,
        ),
      )
      const found = listed(bytes).filter((name) => !name.startsWith('3 '))
      expect(found.toSorted(), `kind ${kind}`).toEqual([...new Set(named)].toSorted())
    }
  })
})

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path))
  const [first, ...rest] = path
  return first === undefined ? [value] : valuesAt((value as Record<string, unknown>)[first], rest)
}
