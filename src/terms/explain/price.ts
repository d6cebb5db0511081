/**
 * The price in sentences, with every amount computed as the evaluator and a payment quote compute it (fee.ts). A price is
 * owed only through a duty to pay that a permission names, so whether one does is said first.
 */
import type { CidText } from '../../encoding/cid.ts'
import type { Price, Terms } from '../../statement/terms.ts'
import { rulesOwing } from './duties.ts'
import { type Telling, listed, money, percent, rulesText } from './words.ts'
import { platformFee, splitPrice } from '../fee.ts'

/** Stands for the owner where a price is shared out: only its name is needed here. */
const OWNER = 'the owner' as CidText

export function pricesText(telling: Telling): readonly string[] {
  const { terms } = telling
  const { price, split, permit } = terms
  const rules = rulesOwing(terms, 'pay')
  const asking = `${rulesText(rules)} ${rules.length === 1 ? 'asks' : 'ask'} for payment`
  if (price === undefined) {
    const shares =
      split === undefined ? [] : [`WARNING: Shares of a price are named (${sharesText(telling)}), but no price.`]
    return rules.length === 0
      ? ['No price is asked.', ...shares]
      : [`WARNING: ${capital(asking)}, but no price is named: nobody has to pay anything.`, ...shares]
  }
  if (price.model === 'free') {
    return [
      'It is free of charge.',
      ...(rules.length === 0
        ? []
        : [`WARNING: ${capital(asking)}, but it is free of charge: nobody has to pay anything.`]),
      ...(price.amount === undefined && price.bp === undefined && price.platform === undefined && split === undefined
        ? []
        : [`Amounts and shares that are named beside it have no effect${leftoverText(price, telling)}.`]),
    ]
  }
  if (rules.length === 0) {
    return [
      `WARNING: A price is named, but no permission asks for payment: nobody has to pay it. ${amountText(price, telling, true)}`,
    ]
  }
  const others = permit.filter(({ id }) => !rules.includes(id)).map(({ id }) => id)
  const scope =
    others.length === 0
      ? ''
      : ` It is owed under ${rulesText(rules)} only; ${rulesText(others)} ${others.length === 1 ? 'asks' : 'ask'} for no payment.`
  return [`${amountText(price, telling, false)}${scope}`]
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

function leftoverText(price: Price, telling: Telling): string {
  const parts = [
    ...(price.amount === undefined ? [] : [money(price.amount, price)]),
    ...(price.bp === undefined ? [] : [percent(price.bp)]),
    ...(price.platform === undefined
      ? []
      : [`${percent(price.platform.bp)} for ${telling.nameOf(price.platform.party)}`]),
    ...(telling.terms.split === undefined ? [] : [sharesText(telling)]),
  ]
  return ` (${parts.join(', ')})`
}

function sharesText({ terms, nameOf }: Telling): string {
  return listed(
    (terms.split ?? []).map(({ party, bp }) => `${percent(bp)} for ${nameOf(party)}`),
    'and',
  )
}

const EACH: Readonly<Record<'flat' | 'per-year' | 'per-version', string>> = {
  flat: ', once for each grant that is accepted',
  'per-year': ' for each year begun',
  'per-version': ' for each version that the grant names, or once where it names none',
}

/** @param isIdle the price is named and owed by nobody */
function amountText(price: Price, telling: Telling, isIdle: boolean): string {
  const { terms, nameOf } = telling
  const { amount, model, platform, bp } = price
  const verb = (is: string, would: string): string => (isIdle ? would : is)
  if (model === 'revenue-share' || model === 'negotiated' || amount === undefined)
    return openText(price, telling, verb('is', 'would be'))
  const each = model === 'flat' || model === 'per-year' || model === 'per-version' ? EACH[model] : ''
  const fee = platform === undefined ? 0 : platformFee(amount, platform.bp)
  const shares = shareAmounts(terms, amount, price, nameOf, verb('receives', 'would receive'))
  const isEach = model === 'per-version' ? ' for one version' : ''
  const onTop =
    platform === undefined
      ? ''
      : ` The buyer ${verb('pays', 'would pay')} ${percent(platform.bp)} (${money(fee, price)}) on top to the platform ${nameOf(platform.party)}, in total ${money(amount + fee, price)}${isEach}.`
  const idleShare = bp === undefined ? '' : ` The share of revenue that is named, ${percent(bp)}, has no effect.`
  return `The price ${verb('is', 'would be')} ${money(amount, price)}${each}. ${shares}${onTop}${idleShare}`
}

function shareAmounts(
  { split }: Pick<Terms, 'split'>,
  amount: number,
  price: Price,
  nameOf: Telling['nameOf'],
  receives: string,
): string {
  if (split === undefined) return `The owner ${receives} all of it.`
  const parts = splitPrice(amount, split, OWNER).map(
    ({ to, amount: part }, i) =>
      `${nameOf(to)} ${i === 0 ? `${receives} ` : ''}${money(part, price)} (${percent(split[i]?.bp ?? 0)})`,
  )
  return `Of it ${listed(parts, 'and')}; a verdict looks at the sum.`
}

/** Prices that are agreed when a grant is accepted: what is owed is the total that the acceptance names. */
function openText(price: Price, telling: Telling, is: string): string {
  const { amount, bp, model, platform } = price
  const { nameOf, terms } = telling
  const share = bp === undefined ? '' : ` (${percent(bp)})`
  const head =
    model === 'revenue-share'
      ? `The price ${is} a share of revenue${share}: what is owed is the total that the acceptance of the grant names.`
      : `The price ${is} what is agreed: the total that the acceptance of the grant names.`
  const parts = terms.split === undefined ? '' : ` It is shared: ${sharesText(telling)}.`
  const fee =
    platform === undefined
      ? ''
      : ` In this total is the platform fee, ${percent(platform.bp)} on top of the owner's part, for ${nameOf(platform.party)}.`
  const idleAmount = amount === undefined ? '' : ` The amount that is named, ${money(amount, price)}, has no effect.`
  const idleShare =
    model === 'revenue-share' || bp === undefined
      ? ''
      : ` The share of revenue that is named, ${percent(bp)}, has no effect.`
  return `${head}${parts}${fee}${idleAmount}${idleShare}`
}
