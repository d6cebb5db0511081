/**
 * The price of a grant and the platform's fee on top, in integer minor units (docs/terms.md, "price"). The owner's amount
 * is never lowered by the fee: fee = floor((amount * bp + 5000) / 10000), total = amount + fee.
 */
import type { CidText } from '../encoding/cid.ts'
import type { Price } from '../statement/terms.ts'

export function platformFee(amount: number, bp: number): number {
  return Number((BigInt(amount) * BigInt(bp) + 5000n) / 10_000n)
}

/** The owner's amount inside a total that was agreed: the least that with its fee reaches the total. */
export function ownerShare(total: number, bp: number): number {
  let least = 0
  let most = total
  while (least < most) {
    const middle = Math.floor((least + most) / 2)
    if (middle + platformFee(middle, bp) >= total) most = middle
    else least = middle + 1
  }
  return least
}

/**
 * The owner's amount as its payees share it: each its basis points, rounded down, and what is left to the first.
 *
 * @param split left out: all to the owner
 */
export function splitPrice(
  amount: number,
  split: readonly { readonly party: CidText; readonly bp: number }[] | undefined,
  owner: CidText,
): readonly { readonly to: CidText; readonly amount: number }[] {
  if (split === undefined) return [{ to: owner, amount }]
  const parts = split.map(({ party, bp }) => ({ to: party, amount: Number((BigInt(amount) * BigInt(bp)) / 10_000n) }))
  const left = amount - parts.reduce((sum, part) => sum + part.amount, 0)
  const [first, ...rest] = parts
  return first === undefined ? [] : [{ to: first.to, amount: first.amount + left }, ...rest]
}

export interface OwedPrice {
  /** To the owner or its split, minor units. */
  readonly amount: number
  /** To the platform, on top. */
  readonly fee: number
}

/**
 * What is owed each time the price falls due.
 *
 * @param total what the acceptance agreed, for prices that the terms leave open
 * @param versions how many versions are paid for
 * @returns undefined when the terms leave it open and no total was agreed
 */
export function owedPrice(price: Price, total: number | undefined, versions: number): OwedPrice | undefined {
  const bp = price.platform?.bp ?? 0
  const amount = amountOf(price, total, versions)
  return amount === undefined ? undefined : { amount, fee: platformFee(amount, bp) }
}

function amountOf(price: Price, total: number | undefined, versions: number): number | undefined {
  switch (price.model) {
    case 'free':
      return 0
    case 'flat':
    case 'per-year':
      return price.amount
    case 'per-version':
      return price.amount === undefined ? undefined : price.amount * versions
    case 'revenue-share':
    case 'negotiated':
      break
  }
  return total === undefined ? undefined : ownerShare(total, price.platform?.bp ?? 0)
}
