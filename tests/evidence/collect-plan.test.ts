import { describe, expect, it } from 'vitest'
import { planLogs, reachable } from '../../src/evidence/collect-plan.ts'
import { decodeStatement } from '../../src/statement/envelope.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { createParty, makeStatement } from '../support/evidence-ledger.ts'
import { createStory } from '../support/evidence-story.ts'

const story = createStory()
const statements = story.owner.entries.map((entry) => decodeStatement(entry))

describe('the plan of what to collect', () => {
  it('names the logs of the dataset and the parties behind a use, a model or a claim', () => {
    const claim = decodeStatement(
      makeStatement(story.owner.party, 20, {
        respondent: story.stranger.id,
        model: story.model,
        allegation: 'NO_PERMISSION',
      }),
    )
    for (const question of [{ use: story.ids.use }, { model: story.model }, { claim: claim.id }]) {
      expect(planLogs([...statements, claim], question)).toEqual([story.owner.origin])
    }
  })

  it('names nothing when nothing is known of the question', () => {
    expect(planLogs(statements, { use: cidOf(new Uint8Array()) })).toEqual([])
    expect(planLogs([], { model: story.model })).toEqual([])
  })

  it('follows from a use to the acceptance of its grant, and to the log that the acceptance names', () => {
    const acceptance = makeStatement(story.buyer, 10, {
      grant: story.ids.grant,
      terms: story.ids.terms,
      log: 'buyer.example/tally/1',
    })
    const grown = [...statements, decodeStatement(acceptance)]
    expect(planLogs(grown, { use: story.ids.use })).toEqual(['buyer.example/tally/1', story.owner.origin])
    // The other use names no grant, so its evidence does not need the buyer's log.
    expect(planLogs(grown, { use: story.ids.claimedUse })).toEqual([story.owner.origin])
  })

  it('follows revocations and key events, and the log that a party named at its inception', () => {
    const delegate = createParty('Delegate', ['delegate.example/tally/1'])
    const update = makeStatement(story.owner.party, 4, {
      prev: story.owner.party.id,
      delegates: [{ party: delegate.id, rights: ['revocation'] }],
    })
    const revocation = makeStatement(delegate, 13, { target: story.ids.grant })
    const grown = [...statements, ...[delegate.inception, update, revocation].map((bytes) => decodeStatement(bytes))]
    const ids = reachable(grown, { use: story.ids.use }).map(({ id }) => id)
    expect(ids).toContain(cidOf(revocation))
    expect(planLogs(grown, { use: story.ids.use })).toEqual(['delegate.example/tally/1', story.owner.origin])
  })
})
