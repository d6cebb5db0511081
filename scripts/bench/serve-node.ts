/**
 * A node in a process of its own, for the bench: serves the home it is given until it is told to stop, and answers
 * on its standard input: `rss` with its resident memory, `address` with where it listens.
 */
import { createInterface } from 'node:readline'
import { runNode } from '../../src/node/run.ts'

const [home = ''] = process.argv.slice(2)
const node = await runNode(home)
console.log('ready')
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  if (line === 'rss') console.log(`${process.memoryUsage.rss()}`)
  if (line === 'address') console.log(node.api.status().addresses[0])
})
lines.on('close', () => void node.stop().then(() => process.exit(0)))
