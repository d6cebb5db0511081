/** The 32-byte name of a log on the wire: SHA-256 of its origin (C2SP tlog-checkpoint names a log by its origin line). */
import { createHash } from 'node:crypto'

export function logIdOf(origin: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(origin, 'utf8').digest())
}
