import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { codeOf, until } from '../support/network-codes.ts'
import { MAX_ANNOUNCEMENT_BYTES } from '../../src/network/gossip.ts'
import { connectHosts, testHosts } from '../support/network-hosts.ts'
import type { Host } from '../../src/network/host.ts'

const hosts = testHosts()
afterEach(async () => hosts.stopAll())

const GOOD = 1
const BAD = 2

/** Accepts what begins with GOOD, rejects what begins with BAD, and keeps what it saw. */
function listen(host: Host): number[][] {
  const seen: number[][] = []
  host.onAnnouncement(async (announcement, from) => {
    expect(from.startsWith('12D3KooW')).toBe(true)
    seen.push([...announcement])
    return announcement[0] === GOOD ? 'accept' : announcement[0] === BAD ? 'reject' : 'ignore'
  })
  return seen
}

async function line(): Promise<{ nodes: [Host, Host, Host]; seen: [number[][], number[][], number[][]] }> {
  const nodes: [Host, Host, Host] = [await hosts.start(), await hosts.start(), await hosts.start()]
  await connectHosts(nodes[0], nodes[1])
  await connectHosts(nodes[1], nodes[2])
  // Subscriptions travel after the connection opens; a first announcement that comes through shows they arrived.
  const seen: [number[][], number[][], number[][]] = [listen(nodes[0]), listen(nodes[1]), listen(nodes[2])]
  for (let i = 0; i < 100 && seen[2].length === 0; i++) {
    await nodes[0].publish(new Uint8Array([GOOD, 255, i]))
    await sleep(50)
  }
  expect(seen[2].length).toBeGreaterThan(0)
  return { nodes, seen }
}

describe('announcements', () => {
  test('reach peers of peers, and their publisher does not hear itself', async () => {
    const { nodes, seen } = await line()
    await nodes[0].publish(new Uint8Array([GOOD, 1]))
    expect(await until(() => seen[2].some((bytes) => bytes[1] === 1))).toBe(true)
    expect(seen[0]).toEqual([])
  })

  test('that a node rejects or ignores are not passed on, and its connection stays', async () => {
    const { nodes, seen } = await line()
    await nodes[0].publish(new Uint8Array([BAD, 1]))
    await nodes[0].publish(new Uint8Array([7, 1]))
    await nodes[0].publish(new Uint8Array([GOOD, 2]))
    expect(await until(() => seen[2].some((bytes) => bytes[1] === 2))).toBe(true)
    expect(seen[1].filter((bytes) => bytes[0] !== GOOD)).toEqual([
      [BAD, 1],
      [7, 1],
    ])
    expect(seen[2].filter((bytes) => bytes[0] !== GOOD)).toEqual([])
    expect(nodes[1].connections()).toHaveLength(2)
  })

  test('of a listener that throws are ignored', async () => {
    const { nodes, seen } = await line()
    nodes[1].onAnnouncement(() => {
      throw new Error('broken')
    })
    const before = seen[2].length
    await nodes[0].publish(new Uint8Array([GOOD, 3]))
    await sleep(100)
    expect(seen[2]).toHaveLength(before)
  })

  test('without any peer, or twice the same, are no error', async () => {
    const alone = await hosts.start()
    for (let i = 0; i < 2; i++) expect(await codeOf(alone.publish(new Uint8Array([GOOD])))).toBe('ok')
  })

  test('too large for peers to take are refused here', async () => {
    const alone = await hosts.start()
    await expect(alone.publish(new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 1))).rejects.toThrow(RangeError)
  })

  test('of another network are not heard', async () => {
    const here = await hosts.start()
    const there = await hosts.start({ networkId: 'other' })
    const seen = listen(there)
    await connectHosts(here, there)
    for (let i = 0; i < 10; i++) {
      await here.publish(new Uint8Array([GOOD, i]))
      await sleep(20)
    }
    expect(seen).toEqual([])
  })
})
