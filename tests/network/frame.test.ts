import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { thrownCode } from '../support/network-codes.ts'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { END_OF_MESSAGE, FrameAssembler, encodeFrame } from '../../src/network/frame.ts'

const LIMITS = { maxFrameBytes: 1_000, maxTotalBytes: 3_000 }

function takeAll(assembler: FrameAssembler): (Uint8Array | 'end')[] {
  const out: (Uint8Array | 'end')[] = []
  for (let frame = assembler.take(); frame !== undefined; frame = assembler.take()) {
    out.push(frame)
    if (frame === 'end') break
  }
  return out
}

describe('frames', () => {
  test('come back whole however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 70 }),
        (bodies, step) => {
          const wire = concatBytes(...bodies.map(encodeFrame), END_OF_MESSAGE)
          const assembler = new FrameAssembler(LIMITS)
          const frames: (Uint8Array | 'end')[] = []
          for (let i = 0; i < wire.length; i += step) {
            assembler.push(wire.subarray(i, i + step))
            frames.push(...takeAll(assembler))
          }
          expect(frames).toEqual([...bodies, 'end'])
        },
      ),
    )
  })

  test('of every length around the varint steps are framed and cut', () => {
    for (const length of [1, 127, 128, 129, 16_383, 16_384, 16_385, 65_536]) {
      const assembler = new FrameAssembler({ maxFrameBytes: 70_000, maxTotalBytes: 70_000 })
      assembler.push(encodeFrame(new Uint8Array(length)))
      expect(takeAll(assembler).map((frame) => frame.length)).toEqual([length])
    }
  })

  test('refuse a length in a longer spelling', () => {
    const assembler = new FrameAssembler(LIMITS)
    assembler.push(new Uint8Array([0x81, 0x00, 1]))
    expect(thrownCode(() => assembler.take())).toBe('FRAME_MALFORMED')
  })

  test('refuse a length of five bytes', () => {
    const assembler = new FrameAssembler(LIMITS)
    assembler.push(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x01]))
    expect(thrownCode(() => assembler.take())).toBe('FRAME_MALFORMED')
  })

  test('refuse an oversize length from its prefix alone, before memory is taken', () => {
    const assembler = new FrameAssembler(LIMITS)
    assembler.push(new Uint8Array([0xff, 0xff, 0xff, 0x7f]))
    expect(thrownCode(() => assembler.take())).toBe('FRAME_TOO_LARGE')
    expect(assembler.bufferedBytes).toBe(0)
  })

  test('refuse a message whose frames together are too large', () => {
    const assembler = new FrameAssembler(LIMITS)
    for (let i = 0; i < 4; i++) assembler.push(encodeFrame(new Uint8Array(1_000)))
    for (let i = 0; i < 3; i++) expect(assembler.take()).toHaveLength(1_000)
    expect(thrownCode(() => assembler.take())).toBe('FRAME_TOO_LARGE')
  })

  test('cannot be empty, which would end the message', () => {
    expect(() => encodeFrame(new Uint8Array(0))).toThrow(RangeError)
  })

  test('never fail with anything but a frame code on hostile bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const assembler = new FrameAssembler(LIMITS)
        assembler.push(bytes)
        expect(thrownCode(() => takeAll(assembler))).toMatch(/^(ok|FRAME_MALFORMED|FRAME_TOO_LARGE)$/)
      }),
    )
  })
})
