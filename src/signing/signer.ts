/**
 * The signing port: whoever holds an Ed25519 secret key, and nothing about where the key is kept.
 */

/** Signs with one Ed25519 key (RFC 8032 section 5.1.6, deterministic: the same message gives the same signature). */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** 64 bytes over the whole message. */
  sign(message: Uint8Array): Uint8Array
}
