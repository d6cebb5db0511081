/**
 * What a web page would import from the pure folders, with bytes as hex so that a test can pass them in.
 */
import { fromHex, toHex } from '../../src/encoding/bytes.ts'
import { decodeCbor, encodeCbor } from '../../src/encoding/cbor.ts'
import { isLedgerError } from '../../src/errors.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { assertRegistrableKey } from '../../src/signing/ed25519.ts'

export interface SignatureCase {
  readonly publicKey: string
  readonly message: string
  readonly signature: string
}

/** Whether each signature counts, in order. */
export function verifyAll(cases: readonly SignatureCase[]): Promise<boolean[]> {
  return Promise.all(
    cases.map((one) => nobleVerifier.verify(fromHex(one.publicKey), fromHex(one.message), fromHex(one.signature))),
  )
}

/** The code with which each key is refused at registration, or `ok`. */
export function registerAll(publicKeys: readonly string[]): string[] {
  return publicKeys.map((key) =>
    outcomeOf(() => {
      assertRegistrableKey(fromHex(key))
      return 'ok'
    }),
  )
}

/** The bytes that each input encodes to after decoding, or the code with which it is refused. */
export function recodeAll(inputs: readonly string[]): string[] {
  return inputs.map((input) => outcomeOf(() => toHex(encodeCbor(decodeCbor(fromHex(input))))))
}

/** The root over entries, as hex. */
export function rootOf(entries: readonly string[]): string {
  return toHex(treeRoot(entries.map((entry) => leafHash(fromHex(entry)))))
}

function outcomeOf(act: () => string): string {
  try {
    return act()
  } catch (error) {
    if (isLedgerError(error)) return error.code
    throw error
  }
}
