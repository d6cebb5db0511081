import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../support/network-codes.ts'
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

describe('configured peers', () => {
  test('are dialled, and again when the connection closes', async () => {
    const [here, there] = [await hosts.start(), await hosts.start()]
    keeperOf(here).configure([{ peerId: there.peerId, addresses: [addressOf(there)] }])
    expect(await until(() => here.connections(there.peerId).length === 1)).toBe(true)
    const [first] = here.connections()
    if (first !== undefined) await here.disconnect(first)
    expect(await until(() => here.connections(there.peerId).length === 1 && here.connections()[0] !== first)).toBe(true)
  })

  test('are found again after a restart on the same port', async () => {
    const seed = new Uint8Array(32).fill(9)
    const [here, there] = [await hosts.start(), await hosts.start({ seed })]
    const listen = [addressOf(there).replace(/\/p2p\/.*/, '')]
    const keeper = keeperOf(here)
    keeper.configure([{ peerId: there.peerId, addresses: listen }])
    expect(await until(() => here.connections().length === 1)).toBe(true)
    await there.stop()
    expect(await until(() => keeper.lastError(there.peerId) !== undefined)).toBe(true)
    const again = await hosts.start({ seed, listen })
    expect(again.peerId).toBe(there.peerId)
    expect(await until(() => here.connections(again.peerId).length === 1)).toBe(true)
    expect(keeper.lastError(again.peerId)).toBeUndefined()
  })

  test('are tried at their next address when one does not answer', async () => {
    const [here, there, gone] = [await hosts.start(), await hosts.start(), await hosts.start()]
    const dead = addressOf(gone).replace(/\/p2p\/.*/, '')
    await gone.stop()
    keeperOf(here).configure([{ peerId: there.peerId, addresses: [dead, addressOf(there)] }])
    expect(await until(() => here.connections(there.peerId).length === 1)).toBe(true)
  })

  test('that do not admit us are reported', async () => {
    const [here, there] = [await hosts.start(), await hosts.start({ limits: { maxStrangers: 0 } })]
    const keeper = keeperOf(here)
    keeper.configure([{ peerId: there.peerId, addresses: [addressOf(there)] }])
    expect(await until(() => keeper.lastError(there.peerId) !== undefined)).toBe(true)
    there.allow([here.peerId])
    expect(await until(() => there.connections(here.peerId).length === 1)).toBe(true)
  })

  test('do not include ourselves', async () => {
    const here = await hosts.start()
    const keeper = keeperOf(here)
    keeper.configure([{ peerId: here.peerId, addresses: [addressOf(here)] }])
    await sleep(100)
    expect(keeper.lastError(here.peerId)).toBeUndefined()
  })
})
