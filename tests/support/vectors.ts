/**
 * Test vectors of other programs, found through the environment: TALLYSTICK_VECTORS names their folder. Where it is not
 * set, tests that need them are skipped, and say so.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** undefined = not available here. */
export const vectorsFolder: string | undefined = process.env['TALLYSTICK_VECTORS']

if (vectorsFolder === undefined) {
  console.warn('TALLYSTICK_VECTORS is not set: tests against the files of other programs are SKIPPED')
}

/** @param path below the folder */
export function readVector(path: string): Uint8Array {
  if (vectorsFolder === undefined) throw new Error('TALLYSTICK_VECTORS is not set')
  return new Uint8Array(readFileSync(join(vectorsFolder, path)))
}
