/**
 * The layers hold, and the product speaks of itself alone. The table is in tests/repo/layers.ts.
 */
import { describe, expect, test } from 'vitest'
import { readTextFiles, readText } from './repo/files.ts'
import { MAY_IMPORT, PURE_FOLDERS, type SourceFile, checkLayers, folderOf, readImports } from './repo/layers.ts'

const sources: SourceFile[] = readTextFiles(['src'])
  .filter((file) => file.path.endsWith('.ts'))
  .map((file) => ({ path: file.path.slice('src/'.length), text: file.text }))

describe('the layers of src', () => {
  test('hold for every file', () => {
    expect(sources.length).toBeGreaterThan(0)
    expect(checkLayers(sources)).toEqual([])
  })

  test('have every folder of src in the table', () => {
    const folders = new Set(sources.map((source) => folderOf(source.path)))
    expect([...folders].filter((folder) => MAY_IMPORT[folder] === undefined)).toEqual([])
  })

  test('point one way: no folder may import one that may import it', () => {
    for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
      for (const below of allowed) expect(MAY_IMPORT[below], `${folder} <-> ${below}`).not.toContain(folder)
    }
  })

  test('have their pure folders compiled without Node types', () => {
    const config = readText('tsconfig.core.json')
    for (const folder of PURE_FOLDERS) expect(config).toContain(`"src/${folder}"`)
    expect(config).toContain('"types": []')
  })
})

describe('the checker', () => {
  const refused: readonly (readonly [why: string, path: string, text: string])[] = [
    ['an import upwards', 'encoding/a.ts', `import { x } from '../note/note.ts'`],
    ['a type-only import upwards', 'merkle/a.ts', `import type { X } from '../statement/kind.ts'`],
    ['an export from above', 'statement/a.ts', `export * from '../evidence/report.ts'`],
    ['an import in a type', 'terms/a.ts', `let x: import('../node/api.ts').X`],
    ['a dynamic import', 'evidence/a.ts', `export const f = () => import('../storage/store.ts')`],
    ['a sibling', 'network/a.ts', `import { x } from '../storage/store.ts'`],
    ['a client that knows the node', 'client/a.ts', `import { x } from '../node/api.ts'`],
    ['a way out of src', 'cli/a.ts', `import { x } from '../../tests/repo/files.ts'`],
    ['Node in a pure folder', 'signing/a.ts', `import { verify } from 'node:crypto'`],
    ['Node without its prefix in a pure folder', 'signing/a.ts', `import fs from 'fs'`],
    ['libp2p in a pure folder', 'note/a.ts', `import { keys } from '@libp2p/crypto'`],
    ['a package whose name only starts like an allowed one', 'encoding/a.ts', `import x from 'cborg-extra'`],
    ['noise outside its one file', 'network/host.ts', `import { noise } from '@chainsafe/libp2p-noise'`],
    ['libp2p outside the network', 'client/a.ts', `import { createLibp2p } from 'libp2p'`],
    ['a part of libp2p outside the network', 'node/a.ts', `import type { PeerId } from '@libp2p/interface'`],
    ['a database outside storage', 'node/a.ts', `import { Level } from 'level'`],
    ['a raw stream read without bound', 'network/a.ts', `async function g() { for await (const c of stream) f(c) }`],
    [
      'a raw stream behind a member and a cast',
      'network/a.ts',
      `async function g() { for await (const c of (x.inboundStream as T)) f(c) }`,
    ],
    ['the clock in a pure folder', 'terms/a.ts', `export const f = () => Date.now()`],
    ['the clock as a new Date', 'terms/a.ts', `export const f = () => new Date()`],
    ['randomness in a pure folder', 'terms/a.ts', `export const f = () => Math.random()`],
    ['a locale in a pure folder', 'evidence/a.ts', `export const f = (n: number) => n.toLocaleString()`],
    ['an unknown folder', 'helpers/a.ts', `export const x = 1`],
    ['a computed import', 'cli/a.ts', `export const f = (name: string) => import(name)`],
  ]
  test.each(refused)('refuses %s', (_why, path, text) => {
    expect(checkLayers([{ path, text }])).toHaveLength(1)
  })

  test('refuses a cycle, also one of types', () => {
    const found = checkLayers([
      { path: 'note/a.ts', text: `import { b } from './b.ts'` },
      { path: 'note/b.ts', text: `import type { A } from './c.ts'` },
      { path: 'note/c.ts', text: `export type { A } from './a.ts'` },
    ])
    expect(found).toEqual(['cycle: note/a.ts -> note/b.ts -> note/c.ts -> note/a.ts'])
  })

  test('allows what the table allows', () => {
    const allowed: SourceFile[] = [
      { path: 'network/security.ts', text: `import { noise } from '@chainsafe/libp2p-noise'` },
      {
        path: 'storage/level-store.ts',
        text: `import { Level } from 'level'\nimport { open } from 'node:fs/promises'`,
      },
      { path: 'signing/a.ts', text: `import { ed25519 } from '@noble/curves/ed25519.js'` },
      { path: 'network/a.ts', text: `async function g() { for await (const c of frames(stream)) f(c) }` },
      { path: 'node/a.ts', text: `export const now = () => Date.now()` },
    ]
    expect(checkLayers(allowed)).toEqual([])
  })

  test('is not fooled by imports in comments and strings', () => {
    const text = `// import '../node/a.ts'\nexport const x = "import '../node/a.ts'"\nexport const y = \`import('fs')\``
    expect(readImports({ path: 'note/a.ts', text })).toEqual([])
  })
})

describe('the product speaks of itself alone', () => {
  const FORBIDDEN: readonly RegExp[] = [
    /\.\.\/shared\b/,
    /(^|[^\w./-])\/work\//m,
    /\bfarm\b/i,
    /registry\.npmjs|registry\.yarnpkg|verdaccio|artifactory/i,
  ]
  const isFound = (text: string): boolean => FORBIDDEN.some((pattern) => pattern.test(text))
  const PLACES = ['src', 'tests', 'scripts', 'docs', 'nodes', 'bin', 'package.json']
  const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']

  test('no file names a folder beside the checkout, a path of one machine, or a registry', () => {
    // This file names what it forbids.
    const files = readTextFiles([...PLACES, ...PAGES]).filter((file) => file.path !== 'tests/architecture.test.ts')
    const found = files.flatMap((file) =>
      FORBIDDEN.filter((pattern) => pattern.test(file.text)).map((pattern) => `${file.path}: ${pattern.source}`),
    )
    expect(files.length).toBeGreaterThan(0)
    expect(found).toEqual([])
  })

  test('the patterns find what they are for, and nothing else', () => {
    const forbidden = [
      'see ../shared/vectors',
      `in ${['', 'work', 'checkout'].join('/')}`,
      'the farm runs it',
      'https://registry.npmjs.org/level',
    ]
    const allowed = ['shared/vectors', 'network/host.ts', 'src/work/x', 'a farmer', 'npm ci']
    expect(forbidden.filter((text) => !isFound(text))).toEqual([])
    expect(allowed.filter(isFound)).toEqual([])
  })
})
