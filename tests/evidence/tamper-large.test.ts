/**
 * Bytes of a large bundle changed, as in tamper.test.ts: 10,000 positions as they are, and 10,000 with everything around
 * them rebuilt, drawn from a seed.
 *
 * TALLYSTICK_TAMPER is the part of them that is tried, from 0 to 1; a few unless set.
 */
import { expect, test } from 'vitest'
import { decodeCar } from '../../src/encoding/car.ts'
import type { ErrorCode } from '../../src/errors.ts'
import type { Report } from '../../src/evidence/report.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { rememberingVerifier, encode, verify, verifyOrCode } from '../support/evidence-bundles.ts'
import { createLargeBundle } from '../support/evidence-large.ts'
import { policyText } from '../support/evidence-ledger.ts'
import { flipped, isDeclared, judgement, type Position, rebuildWithChange } from '../support/evidence-tamper.ts'
import { seeded } from '../support/seeded.ts'

const SAMPLES = Math.ceil(10_000 * Number(process.env['TALLYSTICK_TAMPER'] ?? '0.0025'))

const { story, bundle } = createLargeBundle()
const car = encode(bundle)
const verifier = rememberingVerifier(nativeVerifier)
/** Without the third operator, so that the bundle has lines nobody can check. */
const known = [story.owner, ...story.others.slice(0, 1)]
const policy = policyText(known, { k: 1, mirrors: known })

async function judge(bytes: Uint8Array): Promise<Report | ErrorCode> {
  return verifyOrCode(bytes, policy, verifier)
}

test('the bundle is sound, and has all that a bundle can have', async () => {
  const report = await verify(car, policy, verifier)
  expect(report).toMatchObject({ exit: 0, verdict: { outcome: 'compliant' } })
  expect(report.logs.map(({ completeness }) => completeness)).toEqual(['replayed', 'cosigned(1)', 'cosigned(2)'])
  expect([bundle.absences.length, bundle.cited.length, bundle.blobs.length]).toEqual([2, 1, 1])
  expect(car.length).toBeGreaterThan(300_000)
})

test(`${SAMPLES} changed bytes show`, async () => {
  const random = seeded(20_261_201)
  const silent: number[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const at = random() % car.length
    const outcome = await judge(flipped(car, at))
    const isBad = typeof outcome === 'string' ? outcome.startsWith('BUNDLE_') : outcome.exit === 3
    if (!isBad) silent.push(at)
  }
  expect(silent).toEqual([])
}, 3_600_000)

test(`${SAMPLES} changed bytes show also when everything around them is rebuilt`, async () => {
  const untouched = await verify(car, policy, verifier)
  const random = seeded(20_261_202)
  const silent: Position[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const position = anyPosition(random)
    const changed = rebuildWithChange(car, position)
    const outcome = await judge(changed)
    if (judgement(outcome) !== judgement(untouched)) continue
    if (typeof outcome === 'string' || !isDeclared(car, untouched, outcome, position)) silent.push(position)
  }
  expect(silent).toEqual([])
}, 3_600_000)

const blocks = decodeCar(car)
const total = blocks.reduce((sum, { data }) => sum + data.length, 0)

/** Every byte of every block is as likely. */
function anyPosition(random: () => number): Position {
  let offset = random() % total
  for (const [block, { data }] of blocks.entries()) {
    if (offset < data.length) return { block, offset }
    offset -= data.length
  }
  throw new RangeError('the blocks are shorter than their sum')
}
