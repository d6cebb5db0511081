/**
 * The folder of published test vectors, which is not part of this repository: TALLYSTICK_VECTORS names it.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.env['TALLYSTICK_VECTORS']

/** False, with a loud line on stderr, where the folder is not there: the tests that need it are then not run at all. */
export function hasVectors(part: string): boolean {
  const isThere = folder !== undefined && existsSync(join(folder, part))
  if (!isThere) {
    process.stderr.write(`\n*** SKIPPED: published vectors ${part} are NOT checked (TALLYSTICK_VECTORS=folder) ***\n`)
  }
  return isThere
}

export function vectorPath(...parts: readonly string[]): string {
  return join(folder ?? '', ...parts)
}

export function readVector(...parts: readonly string[]): Uint8Array {
  return new Uint8Array(readFileSync(vectorPath(...parts)))
}

export function readVectorText(...parts: readonly string[]): string {
  return readFileSync(vectorPath(...parts), 'utf8')
}

/** Paths below the vectors folder, sorted. */
export function listVectors(pattern: string): string[] {
  return globSync(pattern, { cwd: folder ?? '' }).toSorted()
}
