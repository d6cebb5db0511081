/**
 * The files of this repository as tests of the repository read them.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the checkout. */
export const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

export interface RepositoryFile {
  /** Path below the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

const BINARY = /\.(png|ico|car|cose|jpg|gz|zst|age)$/

/** Text files below the given files and folders of the root, in order of path; a place that does not exist adds none. */
export function readTextFiles(places: readonly string[]): RepositoryFile[] {
  const paths = places.flatMap((place) => listFiles(join(ROOT, place)))
  return paths
    .filter((path) => !BINARY.test(path))
    .toSorted()
    .map((path) => ({ path: relative(ROOT, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }))
}

/** One file of the root as text. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

function listFiles(path: string): string[] {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .flatMap((name) => listFiles(join(path, name)))
}
