/**
 * Answers other operators as their witness: claim, reservation, cosignature. The network carries the witness's answers as
 * they are. A read-only node grants no claim, and so stores and signs nothing.
 */
import { isLedgerError } from '../errors.ts'
import { refusalError } from '../network/refusal.ts'
import { serve } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { claimExchange } from '../network/messages/claim.ts'
import { cosignExchange } from '../network/messages/cosign.ts'
import { reservationExchange } from '../network/messages/reservation.ts'
import { reserveExchange } from '../network/messages/reserve.ts'
import { parseAddCheckpoint } from '../note/add-checkpoint.ts'
import type { ClaimTable } from './claim-table.ts'
import type { DiskGuard } from './disk-guard.ts'
import type { LogRegistry } from './log-registry.ts'
import type { PeerNetworks } from './peer-networks.ts'
import type { Witness } from './witness.ts'

export interface ServedWitness {
  host: Host
  witness: Witness
  claims: ClaimTable
  logs: LogRegistry
  disk: DiskGuard
  networks: PeerNetworks
  isReadOnly: boolean
}

export async function serveWitness({
  host,
  witness,
  claims,
  logs,
  disk,
  networks,
  isReadOnly,
}: ServedWitness): Promise<void> {
  await serve(host, claimExchange, async ({ origin, instance, release }, { connection }) => {
    const log = logs.get(origin)
    // Only the operator of a followed log may hold its claim: anybody else could keep the log from publishing.
    if (log?.card === undefined || log.card.peerId !== connection.peerId) {
      throw refusalError({ kind: 'denied', message: `${origin} is not followed here, or is not yours` })
    }
    // What it says of itself is under way to us: it is asked as soon as it is connected.
    if (networks.isAsking(connection.peerId)) await networks.ask(connection.peerId)
    if (networks.otherNetworkOf(connection.peerId) !== undefined)
      throw refusalError({
        kind: 'denied',
        message: 'OTHER_NETWORK: your node belongs to another network than this one',
      })
    if (isReadOnly) {
      const message = `${origin} is served here, but not witnessed: this node was started with --read-only`
      throw refusalError({ kind: 'denied', message })
    }
    if (release === true) {
      claims.release(origin, instance)
      return { granted: false }
    }
    return witness.claim(origin, instance, connection.id)
  })
  await serve(host, reserveExchange, (request, { connection }) => {
    disk.assertStoresForOthers()
    return witness.reserve(request, connection.id)
  })
  await serve(host, reservationExchange, ({ origin }) => {
    const reserved = witness.reservedEntries(origin)
    if (reserved === undefined) throw refusalError({ kind: 'not-available' })
    return reserved
  })
  await serve(host, cosignExchange, async ({ instance, body }, { connection }) => {
    try {
      return await witness.cosign(parseAddCheckpoint(body), instance, connection.id)
    } catch (error) {
      if (isLedgerError(error) && !error.code.startsWith('STORE_')) {
        return { outcome: 'refused', reason: 'malformed', message: error.message.slice(0, 300) }
      }
      throw error
    }
  })
}
