/**
 * Currencies and the exponent of their minor unit: an amount of 100 is 1.00 USD, 100 UGX, 0.100 TND.
 *
 * Source: ISO 4217, list one (active codes), without precious metals, funds of bonds and testing codes.
 */
export const CURRENCY_TABLE = `\
0: BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
2: AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
3: BHD IQD JOD KWD LYD OMR TND
4: CLF UYW
`

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  CURRENCY_TABLE.trim()
    .split('\n')
    .flatMap((line) => {
      const [exponent = '', codes = ''] = line.split(': ')
      return codes.split(' ').map((code): [string, number] => [code, Number(exponent)])
    }),
)

/** Digits after the point, 0 to 4; undefined for a code that is not in the table. */
export function currencyExponent(code: string): number | undefined {
  return EXPONENTS.get(code)
}
