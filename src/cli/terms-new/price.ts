/**
 * A price as people write it: free, or an amount and the three letters of a currency, in either order.
 */
import { currencyExponent } from '../../statement/tables/currencies.ts'
import type { Answerable, Parsed } from './dialogue.ts'

/** The amount in the smallest unit of the currency. */
export interface AskedPrice {
  readonly amount: number
  readonly currency: string
}

const FREE = new Set(['free', 'free of charge', 'nothing', 'no', 'none', '0'])
const EXAMPLE = 'for example 1000.00 USD or 5000 KES'

export const PRICE: Answerable<AskedPrice | undefined> = {
  flag: 'price',
  takes: 'free, or an amount and a currency such as "1000.00 USD"',
  parse: parsePrice,
}

export const PRICE_QUESTION = 'At what price? (type free, or an amount such as 1000.00 USD or 5000 KES)\nYour answer:'

function parsePrice(text: string): Parsed<AskedPrice | undefined> {
  const typed = text.trim()
  if (typed === '') return { problem: 'Please give a price, for example 1000.00 USD. If you want no price, type: free' }
  if (FREE.has(typed.toLowerCase())) return { value: undefined, echo: 'free of charge' }
  const [, before = '', number = '', after = ''] = /^([^\d\s.,-]*)\s*([\d.,\s]*\d)\s*([^\d.,-]*)$/u.exec(typed) ?? []
  if (number === '' || (before !== '' && after !== '')) return notUnderstood(typed)
  const named = (before + after).trim()
  if (named === '') return { problem: `Which currency? Please type its three letters too, ${EXAMPLE}.` }
  const currency = named.toUpperCase()
  const exponent = currencyExponent(currency)
  if (exponent === undefined)
    return { problem: `Which currency is "${named}"? Please type its three letters, ${EXAMPLE}.` }
  return amountIn(currency, exponent, number, typed)
}

/** A comma or space may part thousands, and only a point begins the smaller unit: anything else could be meant twice. */
function amountIn(currency: string, exponent: number, number: string, typed: string): Parsed<AskedPrice | undefined> {
  const parts = /^(\d{1,3}(?:[ ,]\d{3})+|\d+)(?:\.(\d+))?$/u.exec(number)
  if (parts === null)
    return {
      problem: `I did not understand the amount "${number.trim()}". Please write a point before the smaller unit, ${EXAMPLE}.`,
    }
  const whole = (parts[1] ?? '').replaceAll(/[ ,]/gu, '')
  const fraction = parts[2] ?? ''
  if (fraction.length > exponent) {
    const digits = exponent === 0 ? 'no digits' : `at most ${exponent} digits`
    return { problem: `"${typed}": ${currency} has ${digits} after the point, and I did not want to guess.` }
  }
  const amount = Number(`${whole}${fraction.padEnd(exponent, '0')}`)
  if (!Number.isSafeInteger(amount)) return { problem: `The amount "${typed}" is too large.` }
  if (amount === 0) return { value: undefined, echo: 'free of charge' }
  const price = { amount, currency }
  return { value: price, echo: formatPrice(price) }
}

function notUnderstood(typed: string): Parsed<never> {
  return { problem: `I did not understand "${typed}". Please type free, or an amount and a currency, ${EXAMPLE}.` }
}

/** USD 1000.00. */
export function formatPrice({ amount, currency }: AskedPrice): string {
  const exponent = currencyExponent(currency) ?? 0
  if (exponent === 0) return `${currency} ${amount}`
  const digits = String(amount).padStart(exponent + 1, '0')
  return `${currency} ${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}
