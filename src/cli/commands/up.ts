/** `tally up`: runs the node and its control socket until Ctrl-C, which is a clean end with exit 0. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import type { JsonObject } from '../output.ts'
import { printable } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  command
    .option('--read-only', 'serve what is held and whole, sign and write nothing: also on a damaged home')
    .action(act(up))
}

async function up(context: Context): Promise<number> {
  const { output, home, options } = context
  const { homePaths } = await import('../../node/home.ts')
  const { runNode } = await import('../../node/run.ts')
  const { assertSocketPath, startControlServer } = await import('../../http/control.ts')
  const { assertNodeHome } = await import('../node-home.ts')
  assertSocketPath(homePaths(home).socket)
  await assertNodeHome(homePaths(home).config)
  const isReadOnly = options.isSet('readOnly')
  const node = await runNode(home, {
    onProgress: (text) => output.progress(text),
    isReadOnly,
  })
  const control = await startControlServer(homePaths(home).socket, node.api).catch(async (error: unknown) => {
    await node.stop()
    throw error
  })
  const stop = (): void => void node.stop()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  const status = node.api.status()
  const text = [`${status.name} is up; Ctrl-C ends it.`, ...status.addresses.map((address) => `  ${address}`)]
  if (isReadOnly && status.reason !== undefined) text.push(`  ${printable(status.reason)}`)
  output.item({ schema: 'tallystick/up/1', event: 'up', ...status } as unknown as JsonObject, text.join('\n'))
  const { error } = await node.stopped
  await control.close()
  await node.stop()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
  if (error !== undefined) throw error
  output.progress('stopped; nothing is lost')
  return EXIT.done
}
