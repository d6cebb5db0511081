import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { keepPeers } from '../../src/network/peers.ts'
import { addressOf, testHosts } from '../support/network-hosts.ts'
import type { PeerKeeper } from '../../src/network/peers.ts'
import type { Host } from '../../src/network/host.ts'

const hosts = testHosts()
const keepers: PeerKeeper[] = []
afterEach(async () => {
  for (const keeper of keepers.splice(0)) keeper.stop()
  await hosts.stopAll()
})

function keeperOf(host: Host): PeerKeeper {
  const keeper = keepPeers(host, { firstDelayMs: 20, maxDelayMs: 100 })
  keepers.push(keeper)
  return keeper
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !condition(); i++) await sleep(5)
  expect(condition()).toBe(true)
}

describe('configured peers', () => {
  test('are dialled, and again when the connection closes', async () => {
    const [here, there] = [await hosts.start(), await hosts.start()]
    keeperOf(here).configure([{ peerId: there.peerId, addresses: [addressOf(there)] }])
    await until(() => here.connections(there.peerId).length === 1)
    const [first] = here.connections()
    if (first !== undefined) await here.disconnect(first)
    await until(() => here.connections(there.peerId).length === 1 && here.connections()[0] !== first)
  })

  test('are found again after a restart on the same port', async () => {
    const seed = new Uint8Array(32).fill(9)
    const [here, there] = [await hosts.start(), await hosts.start({ seed })]
    const listen = [addressOf(there).replace(/\/p2p\/.*/, '')]
    const keeper = keeperOf(here)
    keeper.configure([{ peerId: there.peerId, addresses: listen }])
    await until(() => here.connections().length === 1)
    await there.stop()
    await until(() => keeper.lastError(there.peerId) !== undefined)
    const again = await hosts.start({ seed, listen })
    expect(again.peerId).toBe(there.peerId)
    await until(() => here.connections(again.peerId).length === 1)
    expect(keeper.lastError(again.peerId)).toBeUndefined()
  })

  test('are tried at their next address when one does not answer', async () => {
    const [here, there, gone] = [await hosts.start(), await hosts.start(), await hosts.start()]
    const dead = addressOf(gone).replace(/\/p2p\/.*/, '')
    await gone.stop()
    keeperOf(here).configure([{ peerId: there.peerId, addresses: [dead, addressOf(there)] }])
    await until(() => here.connections(there.peerId).length === 1)
  })

  test('that do not admit us are reported', async () => {
    const [here, there] = [await hosts.start(), await hosts.start({ limits: { maxStrangers: 0 } })]
    const keeper = keeperOf(here)
    keeper.configure([{ peerId: there.peerId, addresses: [addressOf(there)] }])
    await until(() => keeper.lastError(there.peerId) !== undefined)
    there.allow([here.peerId])
    await until(() => there.connections(here.peerId).length === 1)
  })

  test('do not include ourselves', async () => {
    const here = await hosts.start()
    const keeper = keeperOf(here)
    keeper.configure([{ peerId: here.peerId, addresses: [addressOf(here)] }])
    await sleep(100)
    expect(keeper.lastError(here.peerId)).toBeUndefined()
  })
})
