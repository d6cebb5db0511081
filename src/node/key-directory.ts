/**
 * Public keys by thumbprint, as party statements introduced them. A thumbprint is a hash of its key, so a row can be
 * missing but never wrong; whether the key speaks for a party is the evaluator's question.
 */
import { equalBytes, toHex } from '../encoding/bytes.ts'
import { keyThumbprint } from '../signing/key.ts'
import type { Statement } from '../statement/envelope.ts'
import type { Operation, Store } from '../storage/store.ts'
import { nodeRowKey } from './rows.ts'

const MAX_CACHED_KEYS = 4096

export class KeyDirectory {
  private readonly store: Store
  /** Least recently used first. */
  private readonly cache = new Map<string, Uint8Array>()

  constructor(store: Store) {
    this.store = store
  }

  /** @param kid 32 bytes, COSE key thumbprint (RFC 9679) */
  find(kid: Uint8Array): Uint8Array | undefined {
    const name = toHex(kid)
    const key = this.cache.get(name) ?? this.read(kid)
    if (key !== undefined) this.remember(name, key)
    return key
  }

  private read(kid: Uint8Array): Uint8Array | undefined {
    const key = this.store.get(nodeRowKey('key', kid))
    return key !== undefined && equalBytes(keyThumbprint(key), kid) ? key : undefined
  }

  /** Rows for the keys a statement introduces; the caller commits them with the statement. */
  prepareKeysOf(statement: Statement): Operation[] {
    return keysIntroducedBy(statement).map((key) => {
      const kid = keyThumbprint(key)
      this.remember(toHex(kid), key)
      return { type: 'put', key: nodeRowKey('key', kid), value: key }
    })
  }

  private remember(name: string, key: Uint8Array): void {
    this.cache.delete(name)
    this.cache.set(name, key)
    if (this.cache.size <= MAX_CACHED_KEYS) return
    const oldest = this.cache.keys().next().value
    if (oldest !== undefined) this.cache.delete(oldest)
  }
}

export function keysIntroducedBy(statement: Statement): readonly Uint8Array[] {
  if (statement.kind === 3) return statement.payload.keys
  if (statement.kind === 4) return [...(statement.payload.add ?? []), ...(statement.payload.keys ?? [])]
  return []
}
