/**
 * The one error class and the one list of stable codes.
 *
 * Codes are a contract (scripts branch on them, docs/errors.md explains them); messages are for people and may change.
 * TypeError and RangeError without a code mean a mistake of the calling code, never bad input.
 */

/** Every stable code, grouped by the concept that raises it. Codes are never reused or translated. */
export type ErrorCode =
  // encoding
  | 'CBOR_MALFORMED'
  | 'CBOR_NOT_DETERMINISTIC'
  | 'CBOR_LIMIT'
  | 'UTF8_MALFORMED'
  | 'BASE64_MALFORMED'
  | 'HEX_MALFORMED'
  | 'CID_MALFORMED'
  | 'CID_MISMATCH'
  | 'CAR_MALFORMED'
  | 'TIME_MALFORMED'
  | 'SCHEMA_INVALID'
  // signing
  | 'KEY_MALFORMED'
  | 'KEY_WEAK'
  | 'SIGNATURE_INVALID'
  | 'COSE_MALFORMED'
  // merkle
  | 'PROOF_LENGTH'
  | 'PROOF_INVALID'
  | 'PROOF_MALFORMED'
  | 'TILE_MALFORMED'
  | 'TREE_RANGE'
  // note
  | 'NOTE_MALFORMED'
  | 'NOTE_UNSIGNED'
  | 'VKEY_MALFORMED'
  | 'CHECKPOINT_MALFORMED'
  | 'COSIGNATURE_MALFORMED'
  | 'POLICY_MALFORMED'
  | 'TLOG_PROOF_MALFORMED'
  | 'ADD_CHECKPOINT_MALFORMED'
  | 'EQUIVOCATION_INVALID'
  // statement
  | 'STATEMENT_MALFORMED'
  | 'STATEMENT_TOO_LARGE'
  | 'STATEMENT_KIND'
  | 'RECEIPT_MALFORMED'
  | 'RECEIPT_INVALID'
  // terms
  | 'PROFILE_UNSUPPORTED'
  // evidence
  | 'BUNDLE_MALFORMED'
  | 'BUNDLE_VERSION'
  | 'BUNDLE_LIMIT'
  // consent
  | 'CONSENT_RECEIPT_INVALID'
  // manifest
  | 'DATASET_UNREADABLE'
  | 'MANIFEST_MALFORMED'
  // interchange
  | 'INTERCHANGE_UNSUPPORTED'
  // scenario
  | 'SCENARIO_INVALID'
  // storage
  | 'STORE_FAILED'
  | 'STORE_CORRUPT'
  | 'STORE_MISSING'
  | 'STORE_VERSION'
  | 'STORE_EXISTS'
  | 'HOME_LOCKED'
  | 'HOME_UNSAFE'
  | 'HEAD_CONFLICT'
  | 'DISK_FULL'
  | 'DISK_LOW'
  | 'BLOB_TOO_LARGE'
  // network
  | 'FRAME_MALFORMED'
  | 'FRAME_TOO_LARGE'
  | 'ADDRESS_IN_USE'
  | 'PEER_UNREACHABLE'
  | 'PEER_TIMEOUT'
  | 'PEER_BUSY'
  | 'PEER_REFUSED'
  | 'PEER_MISBEHAVED'
  // node
  | 'CARD_MALFORMED'
  | 'CONFIG_INVALID'
  | 'NOT_ADMITTED'
  | 'QUOTA'
  | 'BACKLOG'
  | 'NOT_READY'
  | 'ANOTHER_COPY'
  | 'OTHER_NETWORK'
  | 'DAMAGED'
  | 'FORKED'
  | 'UNKNOWN_LOG'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'INVARIANT'
  // cli
  | 'USAGE'
  | 'UNSAFE_PERMISSIONS'
  | 'PASSPHRASE'
  | 'AGE_MALFORMED'
  | 'NODE_NOT_RUNNING'
  | 'FILE_EXISTS'
  | 'FILE_NOT_FOUND'
  | 'FILE_FORBIDDEN'
  | 'LOCK_MALFORMED'
  | 'MODEL_CARD_MALFORMED'
  | 'DATASET_MISMATCH'

export interface LedgerErrorOptions {
  cause?: unknown
  /** The next step for a person, where we know it: printed as `tally: hint: ...`. */
  hint?: string
}

/** Bad input or a failed operation, with a stable code. `message` says what was expected, what was found, and where. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: LedgerErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}

export function isLedgerError(error: unknown, code?: ErrorCode): error is LedgerError {
  return error instanceof LedgerError && (code === undefined || error.code === code)
}
