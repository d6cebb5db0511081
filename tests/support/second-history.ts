/** The keys of a log whose node is stopped, in the hands of somebody who signs another history of it for one witness. */
import { randomBytes } from 'node:crypto'
import type { Connection } from '../../src/network/connection.ts'
import { type Host, startHost } from '../../src/network/host.ts'
import { requestClaim } from '../../src/network/messages/claim.ts'
import { type CosignAnswer, requestCosign } from '../../src/network/messages/cosign.ts'
import { nativeSigner } from '../../src/node/native-crypto.ts'
import { readNodeKeys } from '../../src/node/node-keys.ts'
import { formatCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import type { Note } from '../../src/note/note.ts'
import { until } from './node-process.ts'

export interface Liar {
  readonly host: Host
  readonly connection: Connection
  /** Asks for a cosignature, of the other history unless told of which. */
  propose: (note?: Note) => Promise<CosignAnswer>
}

/**
 * Connects to the witness at an address under the log's own identity, and takes its claim.
 *
 * @param size which the witness knows of the log, and the other history has too
 */
export async function dialAsLiar(
  { home, origin }: { readonly home: string; readonly origin: string },
  size: number,
  address: string,
): Promise<Liar> {
  const keys = await readNodeKeys(home)
  const other = { origin, size, root: new Uint8Array(randomBytes(32)) }
  const signatures = [signCheckpoint(other, origin, nativeSigner(keys.log))]
  const otherNote = { text: formatCheckpoint(other), signatures }
  const instance = new Uint8Array(randomBytes(16))
  const host = await startHost({ seed: keys.transport, listen: [], networkId: 'fork-test' })
  try {
    const connection = await host.connect(address)
    // The stopped node's own claim ends with its connection.
    await until('the claim is granted', async () => {
      return (await requestClaim(host, connection, { origin, instance }, 5000)).granted
    })
    const propose: Liar['propose'] = (note = otherNote) =>
      requestCosign(host, connection, instance, { note, old: size, proof: [] }, 5000)
    return { host, connection, propose }
  } catch (error) {
    await host.stop()
    throw error
  }
}
