/**
 * Prints the folders of src and their imports as a Mermaid graph: `node scripts/graph.ts`. An edge is drawn once, with the
 * number of imports behind it; edges to errors.ts are left out, since every folder has one.
 */
import { readTextFiles } from '../tests/repo/files.ts'
import { PURE_FOLDERS, checkLayers, folderOf, readImports, resolveImport } from '../tests/repo/layers.ts'

const sources = readTextFiles(['src'])
  .filter((file) => file.path.endsWith('.ts'))
  .map((file) => ({ path: file.path.slice('src/'.length), text: file.text }))

const edges = new Map<string, number>()
for (const source of sources) {
  const from = folderOf(source.path)
  for (const target of readImports(source)) {
    if (!target.startsWith('.')) continue
    const to = folderOf(resolveImport(source.path, target))
    if (to !== from && to !== 'errors.ts') edges.set(`${from} ${to}`, (edges.get(`${from} ${to}`) ?? 0) + 1)
  }
}

const lines = ['flowchart TD']
for (const [edge, count] of [...edges].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  const [from, to] = edge.split(' ')
  lines.push(`  ${from} -->|${count}| ${to}`)
}
const pure = PURE_FOLDERS.filter((folder) =>
  lines.some((line) => line.includes(` ${folder} `) || line.endsWith(` ${folder}`)),
)
if (pure.length > 0) lines.push('  classDef pure stroke-width:3px', `  class ${pure.join(',')} pure`)
console.log(lines.join('\n'))

const problems = checkLayers(sources)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
