/**
 * Kinds 18 and 19: contributors took their consent back, and a holder says what it did about it, or about a revocation.
 *
 * Who withdrew is never in a log: the tags (docs/terms.md, "withdrawals") are committed to, counted, and matched by the
 * holders on their own machines.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, instant } from './common.ts'
import { type Schema, bytes32, cid, list, optional, struct, token, uint } from './schema.ts'

export interface Withdrawal extends Claimed {
  readonly lineage: CidText
  /** The versions whose contributors these are; left out: every version so far. */
  readonly versions?: readonly CidText[]
  /** Number of this batch, counted per lineage from 1. */
  readonly sequence: number
  /** How many contributors. */
  readonly count: number
  /** SHA-256 over the sorted tags of the batch. */
  readonly commitment: Uint8Array
  /** Unix seconds by which holders have to have acted. */
  readonly due: number
}

/** What a holder did with the records in question. */
export const HOLDINGS = ['removed', 'deleted', 'never-held', 'excluded-next-run', 'retrained', 'retired'] as const
export type Holding = (typeof HOLDINGS)[number]

export interface WithdrawalReceipt extends Claimed {
  /** A withdrawal, or a revocation whose effect is to delete data or retire models. */
  readonly target: CidText
  readonly versions: readonly { readonly version: CidText; readonly done: readonly Holding[] }[]
}

export const withdrawalSchema: Schema<Withdrawal> = struct<Withdrawal>({
  ...claimed,
  lineage: cid,
  versions: optional(list(cid, 1, 200)),
  sequence: uint(),
  count: uint(),
  commitment: bytes32,
  due: instant,
})

export const withdrawalReceiptSchema: Schema<WithdrawalReceipt> = struct<WithdrawalReceipt>({
  ...claimed,
  target: cid,
  versions: list(
    struct<{ version: CidText; done: readonly Holding[] }>({
      version: cid,
      done: list(token(...HOLDINGS), 1, HOLDINGS.length),
    }),
    1,
    200,
  ),
})
