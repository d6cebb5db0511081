/** `tally status`: one sentence first, then what it rests on. Exit 8 where the node does not sign until a person acts. */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { NodeStatus } from '../../node/api.ts'
import type { Act } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { describeLowDisk, LOW_DISK_FIX } from '../disk-words.ts'
import { openNode } from '../listing.ts'
import { describeOtherNetwork, otherNetworkFix } from '../other-network-words.ts'
import type { JsonObject } from '../output.ts'
import { formatTable, printable } from '../terminal-text.ts'
import { formatTime } from '../time-input.ts'

export function configure(command: Command, act: Act): void {
  command.action(
    act(async (context) => {
      if (context.options.text('node') !== undefined)
        throw new LedgerError('USAGE', 'status is about your own node; another one does not tell its own', {
          hint: 'leave out --node, or name the home of a node on this machine with --home',
        })
      const status = await openNode(context).status()
      const isForked = status.logs.some((log) => log.fork !== undefined)
      const exit = isForked || status.state === 'DAMAGED' || status.state === 'FORKED' ? EXIT.needsRepair : EXIT.done
      context.output.result('status', { ...status } as unknown as JsonObject, describe(status), exit)
      return exit
    }),
  )
}

function describe(status: NodeStatus): string {
  const lines = [`${printable(status.name)} - ${stateSentence(status)}`]
  if (status.reason !== undefined) lines.push(`  ${printable(status.reason)}`)
  const seen = status.witnessedAt === undefined ? 'not witnessed' : `witnessed ${formatTime(status.witnessedAt)}`
  lines.push(
    `log ${status.origin}: ${status.size} entries, ${status.publishedSize} published, ${seen}, ${status.queued} waiting`,
  )
  const lowDisk = describeLowDisk(status.disk)
  if (lowDisk !== undefined) lines.push(lowDisk, `  Next: ${LOW_DISK_FIX}`)
  for (const { origin, fork, isOwn } of status.logs) {
    if (fork === undefined) continue
    const isWitness = status.peers.some((peer) => peer.origin === origin && peer.isCounted)
    lines.push(
      `FORK of ${printable(origin)}: two histories, sizes ${fork.size} and ${fork.otherSize}, found ${formatTime(fork.detectedAt)}. The log is frozen, nothing was deleted.`,
      `  Next: ${isOwn ? OWN_FORK_FIX : forkFix(printable(origin), isWitness)}`,
    )
  }
  for (const { origin, wrongIndex } of status.logs) {
    if (wrongIndex === undefined) continue
    lines.push(
      `WRONG INDEX of ${printable(origin)}: under size ${wrongIndex.size} it committed to a root that its entries do not give, found ${formatTime(wrongIndex.detectedAt)}. No absence is proved by that checkpoint; the signed proof is kept in the folder forks, and anyone checks it with tally log convict.`,
    )
  }
  for (const peer of status.peers) {
    if (peer.otherNetwork !== undefined)
      lines.push(describeOtherNetwork(peer, status), `  Next: ${otherNetworkFix(peer)}`)
  }
  const logs = status.logs
    .filter((log) => !log.isOwn)
    .map((log) => ['  ' + log.name, log.origin, `${log.size} of ${log.seenSize} entries`])
  if (logs.length > 0) lines.push('following', formatTable(logs))
  const peers = status.peers.map((peer) => [
    '  ' + peer.name,
    peer.isConnected ? 'connected' : 'away',
    peer.isCounted ? 'counts' : 'does not count yet',
    peer.lastError ?? '',
  ])
  if (peers.length > 0) lines.push('operators', formatTable(peers))
  return lines.join('\n')
}

const OWN_FORK_FIX =
  'find out what else had its keys; this log signs nothing more, and a new one can name it as its predecessor'

/** Whoever signed two histories of its own log may still be among those that vouch for this one. */
function forkFix(origin: string, isWitness: boolean): string {
  const witness = isWitness ? `it still witnesses this log; to let it go: tally peer remove ${origin}. ` : ''
  return `ask its operator how that came. ${witness}Once it is explained: tally log unfreeze ${origin}`
}

function stateSentence(status: NodeStatus): string {
  const { state, operators, quorum, claims } = status
  if (state === 'READY' && operators === 0) return 'signing, UNWITNESSED: no other operator holds this log'
  if (state === 'READY') return `signing, protected by ${claims} of ${operators} witnesses (${quorum} needed)`
  if (state === 'WAITING')
    return `waiting for witnesses: ${claims} of the ${quorum} needed; statements are kept and get their receipts later`
  if (state === 'RECOVERING') return 'catching up with its own log; no statement is lost'
  if (state === 'DAMAGED') return 'DAMAGED, not signing; next: tally repair --from-peers'
  if (state === 'FORKED') return 'FORKED, not signing until a person acts'
  // What has a reason to stay in this state is not about to leave it.
  if (state === 'STARTING') return status.reason === undefined ? 'starting' : 'not signing'
  return 'stopped'
}
