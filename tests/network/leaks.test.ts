/** What ended is let go: a host that runs for months does not keep every connection and stream it ever had. */
import { queryObjects } from 'node:v8'
import { afterEach, expect, it } from 'vitest'
import { ask, serve } from '../../src/network/exchange.ts'
import { forksExchange } from '../../src/network/messages/forks.ts'
import { addressOf, testHosts } from '../support/network-hosts.ts'

const VISITS = 20
/** Of the last ones, in queues and timers that end by themselves. */
const FEW = 6

const hosts = testHosts()
afterEach(() => hosts.stopAll())

/** What libp2p holds behind a connection of ours: nothing else tells whether it is still there. */
interface Opened {
  readonly raw: { readonly streams: readonly object[] }
}

it('a host keeps no closed connection and no ended stream of its visitors', async () => {
  const host = await hosts.start()
  const classes = new Map<string, new () => object>()
  const remember = (kind: string, object: object | undefined): void => {
    if (object !== undefined) classes.set(kind, object.constructor as new () => object)
  }
  let met = 0
  host.onConnection(({ type }) => void (met += type === 'open' ? 1 : 0))
  await serve(host, forksExchange, ({ sinceSeq }) => {
    const [connection] = host.connections() as unknown as readonly Opened[]
    remember('connection', connection?.raw)
    remember('stream', connection?.raw.streams[0])
    return { proofs: [], nextSeq: sinceSeq }
  })
  for (let i = 0; i < VISITS; i++) {
    const visitor = await hosts.start({ listen: [] })
    const connection = await visitor.connect(addressOf(host))
    for (let k = 0; k < 3; k++) await ask(visitor, connection, forksExchange, { sinceSeq: 0 })
    // While they are open they are found, at both ends.
    if (i === 0) for (const made of classes.values()) expect(queryObjects(made, { format: 'count' })).toBeGreaterThan(1)
    await visitor.stop()
  }
  expect(met).toBe(VISITS)
  expect([...classes.keys()].toSorted()).toEqual(['connection', 'stream'])
  await expect.poll(() => host.connections().length).toBe(0)
  // Counted after a collection of garbage, at both ends: a host that was stopped is let go as well.
  for (const [kind, made] of classes) {
    const alive = (): number => queryObjects(made, { format: 'count' })
    await expect.poll(alive, { timeout: 10_000, interval: 300, message: kind }).toBeLessThan(FEW)
  }
}, 60_000)
