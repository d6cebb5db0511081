/**
 * The browser gives the answers that Node gives: the same core, bundled for a page and run in Chromium.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/encoding/bytes.ts'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { CHROMIUM, type CorePage, ask, bundleForPage, openPage } from './chromium.ts'
import * as core from './core.ts'

test('the pure core bundles for a page without anything of Node', async () => {
  expect(await bundleForPage('core.ts')).toContain('verifyAll')
})

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  let opened: CorePage | undefined
  beforeAll(async () => {
    opened = await openPage('core.ts')
  })
  afterAll(async () => {
    await opened?.close()
  })

  test('every edge case of Ed25519 gets one answer: in the page, in JavaScript on Node, and natively on Node', async () => {
    const path = new URL('../vectors/ed25519-edge.json', import.meta.url)
    const cases = JSON.parse(readFileSync(path, 'utf8')) as (core.SignatureCase & { valid: boolean })[]
    const expected = cases.map((one) => one.valid)
    const natively = cases.map((one) =>
      nativeVerifier.verify(fromHex(one.publicKey), fromHex(one.message), fromHex(one.signature)),
    )
    expect(await ask(opened, 'verifyAll', cases)).toEqual(expected)
    expect(await core.verifyAll(cases)).toEqual(expected)
    expect(await Promise.all(natively)).toEqual(expected)
    expect(new Set(expected).size).toBe(2)

    const keys = cases.map((one) => one.publicKey)
    const registered = core.registerAll(keys)
    expect(await ask(opened, 'registerAll', keys)).toEqual(registered)
    expect(new Set(registered)).toEqual(new Set(['ok', 'KEY_WEAK', 'KEY_MALFORMED']))
  })

  test('CBOR is refused with the same codes and accepted with the same bytes, every bit flipped once', async () => {
    const bytes = encodeCbor(
      new Map<string, string | number | Uint8Array | null>([
        ['n', 70_000],
        ['a', 'Dholuo é'],
        ['key', new Uint8Array(32)],
        ['none', null],
      ]),
    )
    const inputs: string[] = [toHex(bytes)]
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      inputs.push(toHex(flipped))
    }
    const answers = await ask<string[]>(opened, 'recodeAll', inputs)
    expect(answers).toEqual(core.recodeAll(inputs))
    expect(answers[0]).toBe(toHex(bytes))
    expect(new Set(answers)).toContain('CBOR_NOT_DETERMINISTIC')
  })

  test('the root of a tree is the same', async () => {
    const entries = Array.from({ length: 70 }, (_, index) => createHash('sha256').update(String(index)).digest('hex'))
    expect(await ask(opened, 'rootOf', entries)).toBe(core.rootOf(entries))
  })
})
