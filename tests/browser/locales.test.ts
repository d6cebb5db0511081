/**
 * One bundle, one report, byte for byte, whatever language and time zone the verifier's machine or browser is set to.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../../src/encoding/bytes.ts'
import { encodeBundle } from '../../src/evidence/bundle.ts'
import { prepareBundle } from '../../src/evidence/prepare-bundle.ts'
import { createStory } from '../support/evidence-story.ts'
import { CHROMIUM, bundleForPage } from './chromium.ts'
import { reportOf } from './verifier.ts'

const PLACES = ['en-US', 'tr-TR', 'ar-EG'].flatMap((locale) =>
  ['Africa/Nairobi', 'America/St_Johns'].map((zone) => [locale, zone] as const),
)
const story = createStory()
const logs = [story.owner, ...story.others].map((node) => node.replaySource())
const bytes = encodeBundle(prepareBundle({ question: { use: story.ids.claimedUse }, logs }, sha256), sha256)
const evidence = { car: toHex(bytes), policy: story.policy }
const folder = mkdtempSync(join(tmpdir(), 'tally-locales-'))
const [car, policy] = [join(folder, 'claim.car'), join(folder, 'policy.txt')]
writeFileSync(car, bytes)
writeFileSync(policy, story.policy)
afterAll(() => {
  rmSync(folder, { recursive: true })
})

test('the report on the command line is the same bytes in every language and time zone', async () => {
  const expected = (await reportOf(evidence)).trimEnd()
  const program = join(import.meta.dirname, '../../bin/tally.js')
  for (const [locale, zone] of PLACES) {
    const name = `${locale.replace('-', '_')}.UTF-8`
    const env = { ...process.env, LANG: name, LC_ALL: name, TZ: zone }
    const run = spawnSync(process.execPath, [program, 'verify', car, '--policy', policy, '--json'], { env })
    expect(run.stdout.toString().trimEnd(), `${locale} ${zone}`).toBe(expected)
    expect(run.status).toBe(4)
  }
})

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  test('the report is the same bytes in every language and time zone', async () => {
    const expected = await reportOf(evidence)
    const content = await bundleForPage('verifier.ts')
    const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] })
    try {
      for (const [locale, timezoneId] of PLACES) {
        const page = await browser.newPage({ locale, timezoneId })
        await page.addScriptTag({ content })
        const found = await page.evaluate(`tallystick.reportOf(${JSON.stringify(evidence)})`)
        expect(found, `${locale} ${timezoneId}`).toBe(expected)
        await page.close()
      }
    } finally {
      await browser.close()
    }
  })
})
