/** `tally fsck`: re-derives everything that a stopped node's store holds. Changes nothing. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { assertNodeHome } from '../node-home.ts'
import type { JsonObject } from '../output.ts'
import { formatTable } from '../terminal-text.ts'

const ROWS_PER_MESSAGE = 100_000

export function configure(command: Command, act: Act): void {
  command.action(act(check))
}

async function check(context: Context): Promise<number> {
  const { home, output } = context
  const { homePaths } = await import('../../node/home.ts')
  const { nativeSha256 } = await import('../../node/native-crypto.ts')
  const { fsck } = await import('../../storage/fsck.ts')
  const { readHead } = await import('../../storage/head-file.ts')
  const { lockHome } = await import('../../storage/home-lock.ts')
  const { openLevelStore } = await import('../../storage/level-store.ts')
  const paths = homePaths(home)
  await assertNodeHome(paths.config)
  const lock = await lockHome(home)
  try {
    const head = await readHead(paths.head)
    const store = await openLevelStore(paths.database, { tables: 'all' })
    try {
      const heads = head === undefined ? [] : [head]
      let told = 0
      const onProgress = (rows: number): void => {
        if (rows - told < ROWS_PER_MESSAGE) return
        told = rows
        output.progress(`${rows} rows checked`)
      }
      const report = await fsck(store, {
        sha256: nativeSha256,
        heads,
        isHeadMissing: head === undefined,
        onProgress,
      })
      const exit = report.ok ? EXIT.done : EXIT.needsRepair
      const { logs, entries, tiles, rows } = report.checked
      const text = report.ok
        ? `Everything fits: ${logs} logs, ${entries} entries, ${tiles} tiles, ${rows} rows.`
        : `${report.findingCount} findings; nothing was changed. Next: tally repair --from-peers\n${formatTable(report.findings.map((found) => [found.code, found.origin ?? '', found.message]))}`
      output.result('fsck', { ...report, ok: report.ok } as unknown as JsonObject, text, exit)
      return exit
    } finally {
      await store.close()
    }
  } finally {
    await lock.release()
  }
}
