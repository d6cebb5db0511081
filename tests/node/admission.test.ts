/** Strangers at the door of a log: how often they may come in, and who is one no longer. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { CidText } from '../../src/encoding/cid.ts'
import { nativeSigner } from '../../src/node/native-crypto.ts'
import { type RunningNode, runNode } from '../../src/node/run.ts'
import { didKey } from '../../src/signing/key.ts'
import type { Signer } from '../../src/signing/signer.ts'
import { decodeStatement, prepareStatement, signStatement } from '../../src/statement/envelope.ts'
import type { PayloadByKind, ReadKind } from '../../src/statement/payload.ts'
import { createTestHomes, datasetStatement, eventually, type TestHome } from '../support/node-network.ts'
import { SAMPLES } from '../support/statement-samples.ts'

let folder = ''
let node: RunningNode | undefined
afterEach(async () => {
  await node?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A node of one operator, who admits others by this rule. */
async function openDoor(mode: string): Promise<{ running: RunningNode; door: TestHome }> {
  folder = await mkdtemp(join(tmpdir(), 'tallystick-door-'))
  const [door] = (await createTestHomes(folder, ['door'], { admission: { mode, perIssuerDaily: 3 } })) as [TestHome]
  const running = await runNode(door.home)
  node = running
  await eventually(() => running.api.status().state === 'READY')
  return { running, door }
}

/** @returns what came of it: the code of a refusal, or the state */
async function submitted({ api }: RunningNode, statement: Uint8Array): Promise<string> {
  const answer = await api.submit(statement, { wait: 'logged', timeoutMs: 5000 })
  return answer.state === 'refused' ? answer.code : answer.state
}

function stranger(name: string, signer: Signer = nativeSigner(new Uint8Array(randomBytes(32)))): Uint8Array {
  const payload = { v: 1, name, keys: [signer.publicKey], threshold: 1, logs: ['door.example/tally/1'] } as const
  return signStatement(prepareStatement(3, payload, { iss: didKey(signer.publicKey) }, signer.publicKey), signer)
}

it.each(['open', 'counterparties'])('new parties share one daily limit under %s', async (mode) => {
  const { running } = await openDoor(mode)
  const answers: string[] = []
  for (let i = 0; i < 5; i++) answers.push(await submitted(running, stranger(`stranger ${i}`)))
  expect(answers).toEqual(['logged', 'logged', 'logged', 'QUOTA', 'QUOTA'])
})

describe('under counterparties, a party is let in once the operator has named it', () => {
  const naming = <K extends ReadKind>(
    kind: K,
    payload: (party: CidText) => PayloadByKind[K],
  ): ((by: TestHome, party: CidText) => Uint8Array) => {
    return ({ party: iss, signer }, party) =>
      signStatement(prepareStatement(kind, payload(party), { iss }, signer.publicKey), signer)
  }
  const dataset = SAMPLES[5].minimal
  const terms = SAMPLES[7].minimal
  const price = { model: 'flat', amount: 1, currency: 'USD', exp: 2 } as const

  it.each([
    ['a delegate', naming(4, (party) => ({ ...SAMPLES[4].minimal, delegates: [{ party, rights: ['grant'] }] }))],
    ['the owner of a dataset', naming(5, (owner) => ({ ...dataset, owner }))],
    ['a co-owner of a dataset', naming(5, (party) => ({ ...dataset, coOwners: [party] }))],
    ['the steward of a dataset', naming(5, (steward) => ({ ...dataset, steward }))],
    ['paid under terms', naming(7, (party) => ({ ...terms, price, split: [{ party, bp: 10_000 }] }))],
    [
      'the platform of terms',
      naming(7, (party) => ({ ...terms, price: { ...price, platform: { party, bp: 1, payer: 'buyer' } } })),
    ],
    ['an arbiter', naming(7, (party) => ({ ...terms, disputes: { standing: 'parties', arbiters: [party] } }))],
    ['the assignee of a grant', naming(9, (assignee) => ({ ...SAMPLES[9].minimal, assignee }))],
    [
      'the payee of a payment',
      naming(11, (to) => ({ ...SAMPLES[11].minimal, lines: [{ to, amount: 1, currency: 'USD', role: 'owner' }] })),
    ],
    ['accused in a claim', naming(20, (respondent) => ({ ...SAMPLES[20].minimal, respondent }))],
  ])('as %s', async (_, named) => {
    const { running, door } = await openDoor('counterparties')
    const signer = nativeSigner(new Uint8Array(randomBytes(32)))
    const inception = stranger('buyer', signer)
    const buyer = { origin: door.origin, party: decodeStatement(inception).id, signer }
    const first = datasetStatement(buyer, 'of a buyer')
    expect(await submitted(running, inception)).toBe('logged')
    expect(await submitted(running, first)).toBe('NOT_ADMITTED')
    // Who names somebody else lets nobody else in.
    const another = decodeStatement(stranger('another')).id
    expect(await submitted(running, named(door, another))).toBe('logged')
    expect(await submitted(running, first)).toBe('NOT_ADMITTED')
    expect(await submitted(running, named(door, buyer.party))).toBe('logged')
    expect(await submitted(running, first)).toBe('logged')
  })
})
