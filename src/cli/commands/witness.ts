/** `tally witness list|status`: who cosigns this node's log, and what its quorum needs. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { openOwnNode } from '../listing.ts'
import { formatTable } from '../terminal-text.ts'
import { formatTime } from '../time-input.ts'

export function configure(command: Command, act: Act): void {
  command.command('list').description('operators that can cosign this log').action(act(list))
  command.command('status').description('the quorum, and when it last cosigned').action(act(status))
}

async function list(context: Context): Promise<void> {
  const { peers } = await openOwnNode(context).status()
  const witnesses = peers.map(({ name, origin, isConnected, isCounted, holdsClaim }) => ({
    name,
    origin,
    isConnected,
    isCounted,
    holdsClaim,
  }))
  const rows = witnesses.map((witness) => [
    witness.name,
    witness.origin,
    witness.isConnected ? 'connected' : 'away',
    witness.isCounted ? 'counts' : 'does not count yet',
    witness.holdsClaim ? 'holds our claim' : '',
  ])
  const text = rows.length === 0 ? 'Nobody witnesses this log: it is unwitnessed.' : formatTable(rows)
  context.output.result('witnesses', { witnesses }, text)
}

async function status(context: Context): Promise<void> {
  const { operators, quorum, claims, witnessedAt, publishedSize, queued } = await openOwnNode(context).status()
  const seen = witnessedAt === undefined ? 'never' : formatTime(witnessedAt)
  const lines = [
    operators === 0
      ? 'No other operators: this log is unwitnessed.'
      : `${quorum} of ${operators} other operators must agree; ${claims} hold the claim now.`,
    `Newest published size ${publishedSize}, last witnessed ${seen}; ${queued} waiting.`,
  ]
  context.output.result(
    'witness-status',
    { operators, quorum, claims, witnessedAt: witnessedAt ?? null, publishedSize, queued },
    lines.join('\n'),
  )
}
