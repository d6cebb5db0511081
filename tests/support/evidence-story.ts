/**
 * One small story on a test ledger, the same for every test that needs bundles: an owner with a log, two other
 * organisations that witness it, a buyer with a grant who attests what is permitted, and one who has none.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import type { CidText } from '../../src/encoding/cid.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { TERMS_PROFILE } from '../../src/statement/vocabulary.ts'
import { createParty, makeStatement, policyText, TestNode, type TestParty } from './evidence-ledger.ts'

/** 2026-09-21T12:53:20Z */
export const STORY_START = 1_790_000_000
const DAY = 86_400

export interface Story {
  readonly owner: TestNode
  readonly others: readonly TestNode[]
  readonly buyer: TestParty
  readonly stranger: TestParty
  readonly policy: string
  readonly ids: Readonly<
    Record<'dataset' | 'version' | 'terms' | 'grant' | 'acceptance' | 'start' | 'use' | 'claimedUse', CidText>
  >
  /** SHA-256 of the model that the compliant use made. */
  readonly model: Uint8Array
}

export function createStory(): Story {
  const owner = new TestNode('kisumu')
  const others = [new TestNode('coast'), new TestNode('library')]
  const nodes = [owner, ...others]
  const buyer = createParty('Acme ML', [owner.origin])
  const stranger = createParty('Bolt Audio', [owner.origin])
  let time = STORY_START
  const publish = (): void => {
    time += 60
    owner.publish(time, others)
  }

  const dataset = makeStatement(owner.party, 5, {
    title: 'Luo voices',
    owner: owner.party.id,
    locales: ['luo'],
    logs: [owner.origin],
  })
  const version = makeStatement(owner.party, 6, { lineage: cidOf(dataset), label: '25.0' })
  const terms = makeStatement(owner.party, 7, {
    v: 1,
    profile: TERMS_PROFILE,
    lineage: cidOf(dataset),
    versions: { mode: 'lineage' },
    permit: [{ id: 'commercial-training', actions: ['train'], duties: ['attest'] }],
    prohibit: [],
    duties: new Map([['attest', { action: 'attest-use', due: { event: 'use-end', within: 30 * DAY } }]]),
    revoke: { allowed: 'any', notice: 0, effect: { mode: 'no-new-use' } },
  })
  const grant = makeStatement(owner.party, 9, { terms: cidOf(terms), assignee: buyer.id })
  owner.append(buyer.inception, stranger.inception, dataset, version, terms, grant)
  publish()
  const acceptance = makeStatement(buyer, 10, { grant: cidOf(grant), terms: cidOf(terms) })
  owner.append(acceptance)
  publish()
  const start = makeStatement(buyer, 14, { run: 'run-1', grants: [cidOf(grant)], actions: ['train'] })
  owner.append(start)
  publish()
  const model = sha256(encodeUtf8('acme-asr-1'))
  const common = {
    actions: ['train'],
    purposes: ['commercial'],
    commercial: true,
    from: time + 10,
    to: time + 20,
    places: ['KE'],
    capabilities: ['asr'],
  } as const
  const use = makeStatement(buyer, 15, {
    ...common,
    run: 'run-1',
    datasets: [{ version: cidOf(version), grants: [cidOf(grant)] }],
    outputs: [{ name: 'acme-asr-1', sha256: model }],
  })
  const claimedUse = makeStatement(stranger, 15, {
    ...common,
    run: 'run-a',
    datasets: [{ version: cidOf(version), grants: [] }],
  })
  owner.append(use, claimedUse)
  publish()
  publish()
  for (const other of others)
    other.publish(
      time,
      nodes.filter((node) => node !== other),
    )
  return {
    owner,
    others,
    buyer,
    stranger,
    policy: policyText(nodes),
    model,
    ids: {
      dataset: cidOf(dataset),
      version: cidOf(version),
      terms: cidOf(terms),
      grant: cidOf(grant),
      acceptance: cidOf(acceptance),
      start: cidOf(start),
      use: cidOf(use),
      claimedUse: cidOf(claimedUse),
    },
  }
}
