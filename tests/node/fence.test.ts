import { describe, expect, it } from 'vitest'
import { decideFence, type OwnHistory, type OwnNote } from '../../src/node/fence.ts'
import { quorumOf } from '../../src/node/quorum.ts'
import type { ReservationHead } from '../../src/node/witness-reply.ts'

const root = (name: number): Uint8Array => new Uint8Array(32).fill(name)
/** The own tree has root n at size n; another history has other roots. */
const own = (headSize: number, storeSize = headSize, state: OwnHistory['head']['state'] = 'published'): OwnHistory => ({
  head: { size: headSize, root: root(headSize), state },
  storeSize,
  rootAt: (size) => root(size),
})
const note = (size: number, name = size): OwnNote => ({
  size,
  root: root(name),
  bytes: new Uint8Array([size, name]),
})
const reserved = (size: number, name = size): ReservationHead => ({ size, root: root(name), start: 5 })

describe('the fence', () => {
  it('is clear when nobody remembers anything newer', () => {
    expect(decideFence(own(5), [{ operator: 'a' }, { operator: 'b', newest: note(5) }], 2, 2)).toEqual({
      kind: 'clear',
    })
    expect(decideFence(own(5), [{ operator: 'a', newest: note(3) }], 1, 1)).toEqual({ kind: 'clear' })
    expect(decideFence(own(5), [], 0, 0)).toEqual({ kind: 'clear' })
  })

  it('adopts the largest note that anybody holds, published or not', () => {
    const decision = decideFence(
      own(5),
      [
        { operator: 'a', newest: note(7) },
        { operator: 'b', newest: note(9) },
      ],
      2,
      2,
    )
    expect(decision).toMatchObject({ kind: 'adopt-note', operator: 'b', note: { size: 9 } })
  })

  it('adopts a note before any reservation', () => {
    const decision = decideFence(
      own(5),
      [
        { operator: 'a', reservation: reserved(12) },
        { operator: 'b', newest: note(9) },
      ],
      2,
      2,
    )
    expect(decision).toMatchObject({ kind: 'adopt-note', note: { size: 9 } })
  })

  it('says forked when a note of its own key contradicts its history, at the head or before it', () => {
    expect(decideFence(own(5), [{ operator: 'a', newest: note(5, 99) }], 1, 1)).toMatchObject({ kind: 'forked' })
    expect(decideFence(own(5), [{ operator: 'a', newest: note(3, 99) }], 1, 1)).toMatchObject({ kind: 'forked' })
  })

  it('offers again a reservation that this copy has forgotten', () => {
    const decision = decideFence(own(5), [{ operator: 'a', reservation: reserved(8, 88) }, { operator: 'b' }], 2, 2)
    expect(decision).toMatchObject({ kind: 'adopt-reservation', operator: 'a', reservation: { size: 8 } })
  })

  it('goes on where the reservation is its own tail, or is behind its head', () => {
    expect(decideFence(own(5, 8), [{ operator: 'a', reservation: reserved(8) }], 1, 1)).toEqual({ kind: 'clear' })
    expect(decideFence(own(9), [{ operator: 'a', reservation: reserved(8, 88) }], 1, 1)).toEqual({ kind: 'clear' })
  })

  it('waits for every operator when two hold different reservations', () => {
    const two = [
      { operator: 'a', reservation: reserved(8, 88) },
      { operator: 'b', reservation: reserved(8) },
    ]
    expect(decideFence(own(5, 8), two, 3, 2)).toEqual({ kind: 'wait-for-all' })
  })

  it('then takes the one that a quorum holds, else its own', () => {
    const a = { operator: 'a', reservation: reserved(8, 88) }
    const b = { operator: 'b', reservation: reserved(8) }
    const c = { operator: 'c', reservation: reserved(8, 88) }
    expect(decideFence(own(5, 8), [a, b, c], 3, 2)).toMatchObject({ kind: 'adopt-reservation', operator: 'a' })
    expect(decideFence(own(5, 8), [a, b, { ...c, reservation: reserved(8) }], 3, 2)).toEqual({ kind: 'clear' })
    expect(decideFence(own(5, 8), [a, b, { operator: 'c' }], 3, 2)).toEqual({ kind: 'clear' })
  })
})

describe('the quorum', () => {
  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [6, 4],
  ])('of %d other operators is %d', (others, quorum) => {
    expect(quorumOf(others)).toBe(quorum)
  })

  it('shares a member with any other quorum of the same operators', () => {
    for (let others = 1; others < 100; others++) expect(2 * quorumOf(others)).toBeGreaterThan(others)
  })

  it('publishes its own head before a batch that others hold behind it', () => {
    const answers = [{ operator: 'a', newest: note(7), reservation: reserved(9) }, { operator: 'b' }]
    expect(decideFence(own(7, 12, 'proposed'), answers, 2, 2)).toEqual({ kind: 'publish-head' })
    expect(decideFence(own(7, 12), answers, 2, 2)).toMatchObject({ kind: 'adopt-reservation' })
    // Its own batch of that very size was reserved before it was signed.
    const same = [{ operator: 'a', reservation: reserved(7) }, { operator: 'b' }]
    expect(decideFence(own(7, 12, 'proposed'), same, 2, 2)).toEqual({ kind: 'clear' })
  })
})
