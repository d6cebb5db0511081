/**
 * Checks the statements of a batch of log entries before they are stored: decodes, finds the issuer's key, verifies the
 * signature through the thread pool. A bad statement inside a valid tree stays a leaf and is flagged; a replica never
 * drops bytes that a log committed to.
 */
import { concatBytes, equalBytes, u64 } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { keyThumbprint } from '../signing/key.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { signedBytesOf, type Statement } from '../statement/envelope.ts'
import type { Operation, Store } from '../storage/store.ts'
import type { KeyDirectory } from './key-directory.ts'
import { keysIntroducedBy } from './key-directory.ts'
import type { HeldLog } from './log-registry.ts'
import { nodeRowKey } from './rows.ts'

/** Why a leaf has no effect: not a statement of ours, a signature that fails, or a key nobody introduced here. */
export type LeafFlag = 'opaque' | 'bad-signature' | 'unknown-key'

const FLAG_BYTES: Record<LeafFlag, number> = { opaque: 1, 'bad-signature': 2, 'unknown-key': 3 }

export class StatementChecker {
  private readonly keys: KeyDirectory
  private readonly verifier: SignatureVerifier

  constructor(keys: KeyDirectory, verifier: SignatureVerifier) {
    this.keys = keys
    this.verifier = verifier
  }

  /** For the entries `startIndex`.. of a log, which are then added one after the other. */
  begin(log: HeldLog, startIndex: number): StatementChecks {
    return new StatementChecks(log, startIndex, this.keys, (statement) => this.check(log, statement))
  }

  /** Keeps nothing of the statement while its signature is being checked: many are at a time. */
  check(log: HeldLog, statement: Statement | undefined): Promise<LeafFlag | undefined> {
    if (statement === undefined) return Promise.resolve('opaque')
    const publicKey = this.keyOf(log, statement)
    if (publicKey === undefined) return Promise.resolve('unknown-key')
    const verified = this.verifier.verify(publicKey, signedBytesOf(statement), statement.signature)
    return verified.then((isValid) => (isValid ? undefined : 'bad-signature'))
  }

  /** The key that `kid` names. */
  private keyOf(log: HeldLog, statement: Statement): Uint8Array | undefined {
    // Kind 2, the index commitment, is the one statement signed by the log itself.
    const introduced = statement.kind === 2 ? [log.logKey.publicKey] : keysIntroducedBy(statement)
    return introduced.find((key) => equalBytes(keyThumbprint(key), statement.kid)) ?? this.keys.find(statement.kid)
  }
}

/** The statements of consecutive entries; see {@link StatementChecker.begin}. */
export class StatementChecks {
  private readonly log: HeldLog
  private readonly startIndex: number
  private readonly keys: KeyDirectory
  private readonly check: (statement: Statement | undefined) => Promise<LeafFlag | undefined>
  private readonly flags: Promise<LeafFlag | undefined>[] = []
  private readonly newKeys: Operation[] = []

  constructor(
    log: HeldLog,
    startIndex: number,
    keys: KeyDirectory,
    check: (statement: Statement | undefined) => Promise<LeafFlag | undefined>,
  ) {
    this.log = log
    this.startIndex = startIndex
    this.keys = keys
    this.check = check
  }

  /** @param statement of the next entry; undefined: the entry is none that can be read */
  add(statement: Statement | undefined): void {
    // At once and in order: a key introduced by an entry serves the entries after it.
    if (statement !== undefined) this.newKeys.push(...this.keys.prepareKeysOf(statement))
    this.flags.push(this.check(statement))
  }

  /** Rows to commit with the entries: flags of leaves without effect, and newly introduced keys. */
  async rows(): Promise<Operation[]> {
    const operations = [...this.newKeys]
    for (const [offset, flag] of (await Promise.all(this.flags)).entries()) {
      if (flag === undefined) continue
      const key = nodeRowKey('flag', flagSuffix(this.log.origin, this.startIndex + offset))
      operations.push({ type: 'put', key, value: new Uint8Array([FLAG_BYTES[flag]]) })
    }
    return operations
  }
}

/** The flag of a leaf, or undefined where its statement was checked and is signed. */
export function readFlag(store: Store, origin: string, index: number): LeafFlag | undefined {
  const row = store.get(nodeRowKey('flag', flagSuffix(origin, index)))
  if (row === undefined) return undefined
  return (Object.keys(FLAG_BYTES) as LeafFlag[]).find((flag) => FLAG_BYTES[flag] === row[0])
}

function flagSuffix(origin: string, index: number): Uint8Array {
  return concatBytes(encodeUtf8(`${origin}\n`), u64(index))
}
