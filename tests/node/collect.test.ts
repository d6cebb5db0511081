/**
 * Evidence from running nodes: of a log that is large beside what a question needs, only parts travel, whoever is asked;
 * what thousands of others do under the same open grant makes it no larger.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CidText, cidOf } from '../../src/encoding/cid.ts'
import { decodeBundle } from '../../src/evidence/bundle.ts'
import { verifyBundle } from '../../src/evidence/verify.ts'
import type { Report } from '../../src/evidence/report.ts'
import { nativeSha256 as sha256, nativeVerifier as verifier } from '../../src/node/native-crypto.ts'
import { prepareStatement, signStatement } from '../../src/statement/envelope.ts'
import type { PayloadByKind, ReadKind } from '../../src/statement/payload.ts'
import { TERMS_PROFILE } from '../../src/statement/vocabulary.ts'
import type { IntendedUse } from '../../src/terms/suppose.ts'
import { createParty, type TestParty } from '../support/evidence-ledger.ts'
import { startTestNetwork, type TestNetwork, type TestNode } from '../support/node-network.ts'

const OTHERS = 150

let network: TestNetwork
let owner: TestNode
let replica: TestNode
let policy: string
let version: CidText
let grant: CidText
let use: CidText
let buyer: TestParty

async function log<K extends ReadKind>(
  by: { party: CidText; signer: TestNode['signer'] },
  kind: K,
  payload: PayloadByKind[K],
): Promise<CidText> {
  const bytes = signStatement(prepareStatement(kind, payload, { iss: by.party }, by.signer.publicKey), by.signer)
  return submit(bytes)
}

async function submit(bytes: Uint8Array): Promise<CidText> {
  const result = await owner.node.api.submit(bytes, { wait: 'witnessed', timeoutMs: 20_000 })
  if (result.state !== 'witnessed') throw new Error(JSON.stringify(result))
  return cidOf(bytes)
}

const signs = (party: TestParty): { party: CidText; signer: TestNode['signer'] } => ({
  party: party.id,
  signer: party.signer,
})

beforeAll(async () => {
  network = await startTestNetwork(['owner', 'second', 'third'])
  ;[owner, replica] = network.nodes as [TestNode, TestNode]
  policy = owner.node.api.policy()
  buyer = createParty('Buyer', [owner.origin])
  await submit(buyer.inception)
  const dataset = await log(owner, 5, { title: 'Luo', owner: owner.party, locales: ['luo'], logs: [owner.origin] })
  version = await log(owner, 6, { lineage: dataset, label: '1' })
  const terms = await log(owner, 7, {
    v: 1,
    profile: TERMS_PROFILE,
    lineage: dataset,
    versions: { mode: 'lineage' },
    permit: [{ id: 'research', actions: ['train'] }],
    prohibit: [],
    duties: new Map(),
    revoke: { allowed: 'any', notice: 0, effect: { mode: 'no-new-use' } },
  })
  grant = await log(owner, 9, { terms })
  const others = Array.from({ length: OTHERS }, (_, i) => createParty(`Other ${i}`, [owner.origin]))
  await Promise.all(others.map(({ inception }) => submit(inception)))
  await Promise.all(others.map((other) => log(signs(other), 10, { grant, terms })))
  await log(signs(buyer), 10, { grant, terms })
  const now = Math.floor(Date.now() / 1000)
  use = await log(signs(buyer), 15, {
    run: 'run-1',
    actions: ['train'],
    purposes: ['research'],
    commercial: false,
    from: now + 1,
    to: now + 1,
    places: ['KE'],
    datasets: [{ version, grants: [grant] }],
  })
  // Everybody has the use, and a checkpoint from after it.
  const isSettled = async ({ node }: TestNode): Promise<boolean> => {
    const bundle = await node.api.collect({ question: { use } }).catch(() => undefined)
    return bundle !== undefined && (await judge(bundle)).exit === 0
  }
  for (const node of [owner, replica])
    for (let left = 100; left > 0 && !(await isSettled(node)); left--)
      await new Promise((resolve) => setTimeout(resolve, 500))
}, 90_000)
afterAll(async () => network.stop())

async function judge(bundle: Uint8Array, intended?: IntendedUse): Promise<Report> {
  return verifyBundle(bundle, policy, { verifier, sha256, ...(intended === undefined ? {} : { intended }) })
}

/** Entries of the owner's log that travel one by one. */
function partsOf(bundle: Uint8Array): number {
  return decodeBundle(bundle, sha256).statements.filter(({ origin }) => origin === owner.origin).length
}

describe('a use under an open grant that many others accepted', () => {
  it('is judged from parts of the log as from all of it, whoever is asked', async () => {
    const whole = await owner.node.api.collect({ question: { use }, form: 'whole' })
    const expected = await judge(whole)
    expect(expected.verdict?.outcome).toBe('compliant')
    for (const node of [owner, replica]) {
      const parts = await node.node.api.collect({ question: { use } })
      const report = await judge(parts)
      expect(report.verdict).toEqual(expected.verdict)
      expect(report.exit).toBe(0)
      const completeness = report.logs.find(({ origin }) => origin === owner.origin)?.completeness
      expect(completeness).toMatch(/^cosigned\([12]\)$/u)
      expect(partsOf(parts)).toBeLessThan(20)
      expect(parts.length).toBeLessThan(whole.length / 4)
    }
  })

  it('is answered before the run, without what the others did', async () => {
    const intended: IntendedUse = {
      user: buyer.id,
      usage: {
        actions: ['train'],
        purposes: ['research'],
        commercial: false,
        places: ['KE'],
        datasets: [{ version, grants: [grant] }],
      },
    }
    const bundle = await owner.node.api.collect({ question: { grants: [grant] }, intended })
    const report = await judge(bundle, intended)
    expect(report.verdict?.uses.map(({ outcome }) => outcome)).toEqual(['compliant'])
    expect(partsOf(bundle)).toBeLessThan(20)
    // Somebody who never accepted is told so.
    const stranger = { ...intended, user: replica.party }
    const refused = await judge(
      await owner.node.api.collect({ question: { grants: [grant] }, intended: stranger }),
      stranger,
    )
    expect(refused.verdict?.uses.map(({ outcome }) => outcome)).toEqual(['violation'])
  })

  it('is stopped by a revocation from its checkpoint on', async () => {
    await log(owner, 13, { target: grant })
    const intended: IntendedUse = {
      user: buyer.id,
      usage: { actions: ['train'], datasets: [{ version, grants: [grant] }] },
    }
    const report = await judge(await owner.node.api.collect({ question: { grants: [grant] }, intended }), intended)
    expect(report.verdict?.uses[0]?.datasets[0]?.reasons.map(({ code }) => code)).toContain('GRANT_REVOKED')
  })
})
