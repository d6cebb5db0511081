/**
 * Verifying many signatures while the statements are still being read: a verifier with a thread pool works on the last
 * slice while this thread decodes the next. A bounded number is under way at any time.
 */
import { equalBytes, toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { keyThumbprint } from '../signing/key.ts'
import { signedBytesOf, type Statement } from '../statement/envelope.ts'

/** So many make a slice: enough to keep a pool busy, few enough to bound memory. Two slices are under way at most. */
const SLICE = 256

export class SignatureChecks {
  private readonly verifier: SignatureVerifier
  /** By hex thumbprint. A thumbprint is a hash of its key, so a wrong entry is impossible. */
  private readonly keys = new Map<string, Uint8Array>()
  /** Of every statement whose check was started; false until it is known to be valid. */
  private readonly answers = new Map<CidText, boolean>()
  private last: { readonly kid: Uint8Array; readonly key: Uint8Array } | undefined
  private current: Promise<void>[] = []
  private previous: Promise<void>[] = []

  constructor(verifier: SignatureVerifier) {
    this.verifier = verifier
  }

  addKey(key: Uint8Array): void {
    this.keys.set(toHex(keyThumbprint(key)), key)
  }

  /** Takes the keys that a party's statement introduces; who owns them is decided where the terms are evaluated. */
  addKeysOf(statement: Statement): void {
    const introduced =
      statement.kind === 3
        ? statement.payload.keys
        : statement.kind === 4
          ? [...(statement.payload.add ?? []), ...(statement.payload.keys ?? [])]
          : []
    for (const key of introduced) this.addKey(key)
  }

  knowsKeyOf(statement: Statement): boolean {
    return this.keyOf(statement.kid) !== undefined
  }

  /**
   * Starts the check, once for each statement; does nothing while its key is not known.
   *
   * @returns what to wait for before the next one, when enough is under way
   */
  start(statement: Statement): Promise<unknown> | undefined {
    if (this.answers.has(statement.id)) return undefined
    const key = this.keyOf(statement.kid)
    if (key === undefined) return undefined
    this.answers.set(statement.id, false)
    this.current.push(this.check(statement, key))
    if (this.current.length < SLICE) return undefined
    const earlier = Promise.all(this.previous)
    this.previous = this.current
    this.current = []
    return earlier
  }

  async finish(): Promise<void> {
    await Promise.all([...this.previous, ...this.current])
    this.previous = []
    this.current = []
  }

  /** Whether its signature is valid; false as well when its key is unknown. Asked after finish. */
  isValid(id: CidText): boolean {
    return this.answers.get(id) === true
  }

  /** Statements of one party often come one after the other. */
  private keyOf(kid: Uint8Array): Uint8Array | undefined {
    if (this.last !== undefined && equalBytes(this.last.kid, kid)) return this.last.key
    const key = this.keys.get(toHex(kid))
    if (key !== undefined) this.last = { kid, key }
    return key
  }

  private check(statement: Statement, key: Uint8Array): Promise<void> {
    const { id } = statement
    const verified = this.verifier.verify(key, signedBytesOf(statement), statement.signature)
    return verified.then((isValid) => void this.answers.set(id, isValid))
  }
}
