/**
 * One bundle, one policy, one report: byte for byte the same in a browser, in JavaScript on Node, and natively on Node.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/encoding/bytes.ts'
import { encodeBundle } from '../../src/evidence/bundle.ts'
import { prepareBundle } from '../../src/evidence/prepare-bundle.ts'
import { formatReportJson } from '../../src/evidence/report.ts'
import { verifyBundle } from '../../src/evidence/verify.ts'
import { nativeSha256, nativeVerifier } from '../../src/node/native-crypto.ts'
import { indexedBundle } from '../support/evidence-bundles.ts'
import { policyText } from '../support/evidence-ledger.ts'
import { createStory, STORY_START } from '../support/evidence-story.ts'
import { CHROMIUM, type CorePage, ask, openPage } from './chromium.ts'
import { type Evidence, reportOf } from './verifier.ts'

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  const story = createStory()
  const logs = [story.owner, ...story.others].map((node) => node.replaySource())
  let opened: CorePage | undefined
  beforeAll(async () => {
    opened = await openPage('verifier.ts')
  })
  afterAll(async () => {
    await opened?.close()
  })

  function evidenceFor(use: 'use' | 'claimedUse'): Evidence {
    const bundle = prepareBundle({ question: { use: story.ids[use] }, logs }, sha256)
    return { car: toHex(encodeBundle(bundle, sha256)), policy: story.policy }
  }

  test.each([
    ['a compliant use', 'use', 0],
    ['a use without a grant', 'claimedUse', 4],
  ] as const)('the report on %s is the same bytes everywhere', async (_what, use, exit) => {
    const evidence = evidenceFor(use)
    const inPage = await ask<string>(opened, 'reportOf', evidence)
    const options = { verifier: nativeVerifier, sha256: nativeSha256 }
    expect(inPage).toBe(await reportOf(evidence))
    expect(inPage).toBe(formatReportJson(await verifyBundle(fromHex(evidence.car), evidence.policy, options)))
    expect(JSON.parse(inPage)).toMatchObject({ schema: 'tallystick/verify/1', exit })
  })

  test('the report on evidence in parts, with its index, is the same bytes everywhere', async () => {
    const parts = createStory()
    const nodes = [parts.owner, ...parts.others]
    parts.owner.publishIndexed(STORY_START + 600, parts.others)
    const car = encodeBundle(indexedBundle(parts, { use: parts.ids.use }), sha256)
    const evidence = { car: toHex(car), policy: policyText(nodes, { mirrors: nodes }) }
    const inPage = await ask<string>(opened, 'reportOf', evidence)
    expect(inPage).toBe(await reportOf(evidence))
    expect(JSON.parse(inPage)).toMatchObject({ exit: 0, logs: [{ completeness: 'cosigned(2)' }] })
  })

  test('a changed signature gets the same report everywhere, and it is no longer sound', async () => {
    const { car, policy } = evidenceFor('use')
    const bytes = fromHex(car)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    const evidence = { car: toHex(bytes), policy }
    const inPage = await ask<string>(opened, 'reportOf', evidence)
    expect(inPage).toBe(await reportOf(evidence))
    expect(JSON.parse(inPage)).toMatchObject({ ok: false, exit: 3 })
  })
})
