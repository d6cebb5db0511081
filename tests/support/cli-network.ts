/** Several nodes of one network, each a process of its own, made and joined with the commands a person types. */
import { join } from 'node:path'
import { startCliNode } from './cli-node.ts'
import type { RunningCli } from './cli-node.ts'
import { resultOf, tally, temporaryFolder, textField } from './cli-run.ts'
import { freePort } from './node-network.ts'

export interface CliNetwork {
  readonly path: string
  /** In the order of the names. */
  readonly nodes: readonly RunningCli[]
  readonly origins: readonly string[]
  /** Lets a node that joined take part: gives its card to the others. */
  admit(card: string): Promise<void>
  stop(): Promise<void>
}

/** @param names of organisations, one word each; every one admits anybody */
export async function startCliNetwork(names: readonly string[]): Promise<CliNetwork> {
  const folder = await temporaryFolder()
  const origins = names.map((name) => `${name.toLowerCase()}.example/tally/1`)
  const nodes: RunningCli[] = []
  for (const [i, name] of names.entries()) {
    const home = join(folder.path, name.toLowerCase())
    // A port that stays, so that they find each other again after a new start.
    const listen = `/ip4/127.0.0.1/tcp/${await freePort()}`
    const args = ['--name', name, '--origin', origins[i] ?? '', '--admission', 'open', '--listen', listen]
    nodes.push(await startCliNode(home, args))
  }
  const joinedNodes = nodes.slice(0, 1)
  const admit = async (card: string): Promise<void> => {
    for (const { home } of joinedNodes) {
      const added = await tally(home, ['peer', 'add', card])
      if (added.exit !== 0) throw new Error(added.err)
    }
  }
  const [first] = nodes
  for (const node of nodes.slice(1)) {
    const invitation = textField(resultOf(await tally(first?.home ?? '', ['peer', 'invite', '--json'])), 'invitation')
    const joined = await tally(node.home, ['join', invitation, '--json'])
    if (joined.exit !== 0) throw new Error(joined.err)
    await admit(textField(resultOf(joined), 'card'))
    joinedNodes.push(node)
  }
  return {
    path: folder.path,
    nodes,
    origins,
    admit,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
      await folder.remove()
    },
  }
}
