/**
 * The layers of src as data, and a checker that reads them off the syntax tree.
 *
 * The table is the decision; docs/architecture.md draws it. Type-only imports count like any other: a type that points
 * upwards is a dependency that the next change makes real.
 */
import { parseSync } from 'vite'

/** Folders that run unchanged in Node and in a browser: no I/O, no clock, no randomness, no platform API. */
export const PURE_FOLDERS: readonly string[] = [
  'errors.ts',
  'index.ts',
  'encoding',
  'signing',
  'merkle',
  'note',
  'statement',
  'subject-index',
  'terms',
  'evidence',
  'scenario',
  'interchange',
  'consent',
]

const PURE = PURE_FOLDERS.filter((folder) => folder !== 'index.ts')

/** Folder (or file directly in src) -> what it may import besides itself. Every entry of src stands here. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'index.ts': PURE,
  encoding: ['errors.ts'],
  signing: ['errors.ts', 'encoding'],
  merkle: ['errors.ts', 'encoding'],
  note: ['errors.ts', 'encoding', 'signing', 'merkle'],
  statement: ['errors.ts', 'encoding', 'signing', 'merkle', 'note'],
  'subject-index': ['errors.ts', 'encoding', 'signing', 'merkle', 'note', 'statement'],
  terms: ['errors.ts', 'encoding', 'signing', 'merkle', 'note', 'statement'],
  evidence: ['errors.ts', 'encoding', 'signing', 'merkle', 'note', 'statement', 'subject-index', 'terms'],
  interchange: ['errors.ts', 'encoding', 'signing', 'merkle', 'note', 'statement', 'terms'],
  consent: ['errors.ts', 'encoding', 'merkle'],
  scenario: ['errors.ts', 'encoding', 'signing', 'merkle', 'note', 'statement', 'subject-index', 'terms', 'evidence'],
  manifest: ['errors.ts', 'encoding', 'merkle'],
  storage: PURE,
  network: PURE,
  node: [...PURE, 'storage', 'network'],
  http: [...PURE, 'storage', 'network', 'node'],
  client: [...PURE, 'network'],
  cli: [...PURE, 'index.ts', 'manifest', 'storage', 'network', 'node', 'http', 'client'],
}

const PURE_PACKAGES = ['@noble/', 'multiformats', 'cborg', '@fluent/bundle']

interface PackageRule {
  readonly packages: readonly string[]
  /** The only files or folders of src that may import them. */
  readonly onlyIn: readonly string[]
}

/** Packages that one place alone knows, so that replacing them is a change of that place. */
const PACKAGE_RULES: readonly PackageRule[] = [
  { packages: ['@chainsafe/libp2p-noise', '@libp2p/noise'], onlyIn: ['network/security.ts'] },
  { packages: ['level', 'classic-level', 'abstract-level'], onlyIn: ['storage'] },
  { packages: ['libp2p', '@libp2p/', '@multiformats/'], onlyIn: ['network'] },
  { packages: ['commander', 'uqr', 'age-encryption'], onlyIn: ['cli'] },
  { packages: ['@fluent/'], onlyIn: ['terms/sentences'] },
  { packages: ['yaml'], onlyIn: ['node', 'cli'] },
]

export interface SourceFile {
  /** Path below src, with forward slashes: `note/checkpoint.ts`. */
  readonly path: string
  readonly text: string
}

interface SyntaxNode {
  readonly type: string
  readonly [key: string]: unknown
}

/** Every module that a source names: import, export from, dynamic import, and `import('x').T` in a type. */
export function readImports(source: SourceFile): string[] {
  const found: string[] = []
  walk(parse(source), (node) => {
    const target = node['source']
    if (isNode(target) && typeof target['value'] === 'string') found.push(target['value'])
    else if (node.type === 'ImportExpression') found.push('(computed)')
  })
  return found
}

/** What stands against the table, one sentence each; empty when the layers hold. */
export function checkLayers(sources: readonly SourceFile[]): string[] {
  return [...sources.flatMap(checkSource), ...checkCycles(sources)]
}

function checkSource(source: SourceFile): string[] {
  const folder = folderOf(source.path)
  const allowed = MAY_IMPORT[folder]
  if (allowed === undefined) return [`${source.path}: ${folder} is not in the table of layers`]
  const problems: string[] = []
  for (const target of readImports(source)) {
    if (target.startsWith('.')) {
      const to = folderOf(resolveImport(source.path, target))
      if (to !== folder && !allowed.includes(to)) problems.push(`${source.path}: ${folder} may not import ${to}`)
    } else {
      problems.push(...checkPackage(source.path, folder, target))
    }
  }
  return [...problems, ...checkGlobals(source, folder)]
}

function checkPackage(path: string, folder: string, target: string): string[] {
  if (target === '(computed)') return [`${path}: imports a computed name`]
  if (PURE_FOLDERS.includes(folder) && !PURE_PACKAGES.some((prefix) => belongsTo(target, prefix))) {
    return [`${path}: the pure folder ${folder} may not import ${target}`]
  }
  for (const rule of PACKAGE_RULES) {
    if (!rule.packages.some((name) => belongsTo(target, name))) continue
    if (!rule.onlyIn.some((place) => path === place || path.startsWith(`${place}/`))) {
      return [`${path}: only ${rule.onlyIn.join(', ')} may import ${target}`]
    }
  }
  return []
}

/** Clock, randomness and locale in pure folders, which types cannot forbid; unbounded stream loops anywhere. */
function checkGlobals(source: SourceFile, folder: string): string[] {
  const problems: string[] = []
  const isPure = PURE_FOLDERS.includes(folder)
  walk(parse(source), (node) => {
    if (isPure && node.type === 'MemberExpression') {
      const access = `${nameOf(node['object'])}.${nameOf(node['property'])}`
      if (access === 'Date.now' || access === 'Math.random') problems.push(`${source.path}: ${access} in a pure folder`)
      if (/\.(toLocale\w+|localeCompare)$/.test(access)) problems.push(`${source.path}: a locale in a pure folder`)
    }
    if (isPure && node.type === 'NewExpression' && nameOf(node['callee']) === 'Date') {
      const given = node['arguments']
      if (Array.isArray(given) && given.length === 0) problems.push(`${source.path}: new Date() in a pure folder`)
    }
    if (node.type === 'ForOfStatement' && node['await'] === true && isRawStream(node['right'])) {
      // A libp2p stream read by `for await` is an unbounded queue: the sender decides how much memory it takes.
      problems.push(`${source.path}: for await over a raw stream`)
    }
  })
  return problems
}

function isRawStream(value: unknown): boolean {
  return /(stream|source|socket|connection)$/i.test(nameOf(value))
}

/** Files that import each other in a ring, found by depth-first search. */
function checkCycles(sources: readonly SourceFile[]): string[] {
  const edges = new Map<string, string[]>()
  for (const source of sources) {
    const targets = readImports(source).filter((target) => target.startsWith('.'))
    edges.set(
      source.path,
      targets.map((target) => resolveImport(source.path, target)),
    )
  }
  const problems: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) problems.push(`cycle: ${[...trail.slice(start), path].join(' -> ')}`)
    if (start >= 0 || done.has(path)) return
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return problems
}

/** The folder of a path below src; a file directly in src stands for itself. */
export function folderOf(path: string): string {
  return path.split('/')[0] ?? path
}

/** Path below src of what `target` names in the file `from`. */
export function resolveImport(from: string, target: string): string {
  const parts = from.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') {
      if (parts.length === 0) return `(outside src: ${target})`
      parts.pop()
    } else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

function belongsTo(target: string, name: string): boolean {
  return target === name || target.startsWith(name.endsWith('/') ? name : `${name}/`)
}

function parse(source: SourceFile): SyntaxNode {
  const result = parseSync(source.path, source.text)
  const [error] = result.errors
  if (error !== undefined) throw new SyntaxError(`${source.path}: ${error.message}`)
  // The walker reads any tree as plain nodes: the parser's own types are one interface for each of 180 node kinds.
  const program: unknown = result.program
  if (!isNode(program)) throw new TypeError('the parser returned no tree')
  return program
}

function walk(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit)
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** The last name of an expression: `stream` of `stream`, `x.stream`, `(stream as T)`; empty for anything else. */
function nameOf(value: unknown): string {
  if (!isNode(value)) return ''
  if (value.type === 'Identifier') return String(value['name'])
  if (value.type === 'MemberExpression') return nameOf(value['property'])
  return nameOf(value['expression'])
}
