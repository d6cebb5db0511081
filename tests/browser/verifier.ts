/**
 * The whole verifier as a web page would hold it: bundle and policy in, the bytes of the report out.
 */
import { fromHex } from '../../src/encoding/bytes.ts'
import { formatReportJson } from '../../src/evidence/report.ts'
import { verifyBundle } from '../../src/evidence/verify.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'

export interface Evidence {
  /** The bundle's bytes as hex. */
  readonly car: string
  readonly policy: string
}

export async function reportOf({ car, policy }: Evidence): Promise<string> {
  return formatReportJson(await verifyBundle(fromHex(car), policy, { verifier: nobleVerifier }))
}
