/** A node whose clock jumps gives its claims up, and signs only after it has them again. */
import { expect, it } from 'vitest'
import { Cluster, type Machine } from './cluster.ts'
import { Chance } from './random.ts'
import { useBlobs } from './blobs.ts'

const blobs = useBlobs()

const claimsOf = ({ node }: Machine): number => node?.parts.keeper.live().length ?? 0

it.each([600, -600, 7])(
  'a clock that jumps by %i s ends the claims of its node, and no other',
  async (seconds) => {
    const chance = new Chance(11)
    const cluster = await Cluster.create(chance, 3, blobs())
    const { time, network } = cluster
    const restore = time.install(chance.next)
    try {
      for (const machine of cluster.machines) await cluster.start(machine)
      await time.run(30_000)
      const [one, two, three] = cluster.machines
      if (one === undefined || two === undefined || three === undefined) throw new Error('no machines')
      expect(cluster.machines.map(claimsOf)).toEqual([2, 2, 2])
      const size = one.node?.parts.own.publishedSize

      // What leaves the node is lost, so it cannot ask again; a claim would hold for a minute without that.
      const asked: string[] = []
      const { observe } = network
      network.observe = (from, protocol, frames) => {
        if (from === one.name) asked.push(protocol)
        observe(from, protocol, frames)
      }
      for (const [from, to] of [
        [one, two],
        [one, three],
        [two, three],
      ] as const)
        network.cut(from.name, to.name)
      one.aheadSeconds = seconds
      await time.run(time.nowMs + 1_000)
      expect([claimsOf(one), claimsOf(two)]).toEqual([0, 2])

      asked.length = 0
      cluster.submit(one, 3, 'witnessed')
      await time.run(time.nowMs + 5_000)
      expect(asked.filter((protocol) => /reserve|cosign/u.test(protocol))).toEqual([])
      expect(one.node?.parts.own.publishedSize).toBe(size)

      network.healAll()
      one.aheadSeconds = 0
      await time.run(time.nowMs + 180_000, () => cluster.receiptCount === 3)
      expect(cluster.receiptCount).toBe(3)
      const firstSigned = asked.findIndex((protocol) => /reserve|cosign/u.test(protocol))
      expect(
        asked.slice(0, firstSigned).filter((protocol) => protocol.includes('claim')).length,
      ).toBeGreaterThanOrEqual(2)
      expect(cluster.check(new Set())).toEqual([])
    } finally {
      restore()
    }
  },
  60_000,
)
