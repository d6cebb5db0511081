/**
 * Kinds 11 and 12: a payment under a grant, and what each payee says it received. The ledger moves no money: it records
 * what both sides say, so that the owner's 100% and the platform's fee can be shown.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, instant, title } from './common.ts'
import { type Schema, bytes32, cid, integer, list, optional, pattern, struct, token, uint } from './schema.ts'

export interface Payment extends Claimed {
  readonly grant: CidText
  readonly lines: readonly PaymentLine[]
  /** How the money went, such as SEPA or M-Pesa. */
  readonly rail?: string
  /** SHA-256 over a salt and the rail's own reference: shown when it is disputed, guessable by nobody. */
  readonly reference?: Uint8Array
}

export interface PaymentLine {
  readonly to: CidText
  /** Minor units, at least 1. */
  readonly amount: number
  /** ISO 4217. */
  readonly currency: string
  readonly role: PaymentRole
}

export const PAYMENT_ROLES = ['owner', 'platform', 'other'] as const
export type PaymentRole = (typeof PAYMENT_ROLES)[number]

export interface PaymentReceipt extends Claimed {
  readonly payment: CidText
  readonly lines: readonly ReceiptLine[]
  /** Unix seconds, as its issuer says. */
  readonly receivedAt?: number
}

/** What the issuer received, or with a negative amount gave back. */
export interface ReceiptLine {
  /** Minor units, never 0. */
  readonly amount: number
  readonly currency: string
}

/** ISO 4217, by its form. */
export const currency: Schema<string> = pattern('an ISO 4217 currency', /^[A-Z]{3}$/)

export const paymentSchema: Schema<Payment> = struct<Payment>({
  ...claimed,
  grant: cid,
  lines: list(
    struct<PaymentLine>({ to: cid, amount: uint(), currency, role: token(...PAYMENT_ROLES) }, ({ amount }) =>
      amount > 0 ? undefined : 'an amount of at least 1',
    ),
    1,
    32,
  ),
  rail: optional(title),
  reference: optional(bytes32),
})

export const paymentReceiptSchema: Schema<PaymentReceipt> = struct<PaymentReceipt>({
  ...claimed,
  payment: cid,
  lines: list(
    struct<ReceiptLine>({ amount: integer, currency }, ({ amount }) =>
      amount === 0 ? 'an amount other than 0' : undefined,
    ),
    1,
    32,
  ),
  receivedAt: optional(instant),
})
