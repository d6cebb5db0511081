/**
 * Which region lies in which: UN M49 groups, the EU and the EEA, down to the countries of ISO 3166-1; a subdivision of
 * ISO 3166-2 lies in the country that its code starts with.
 *
 * Source: UN M49 as carried by Unicode CLDR 47 (supplemental/territoryContainment), without its private codes other than XK (Kosovo), which is
 * in wide use; EU as of
 * 2020-02-01; EEA = EU, IS, LI, NO.
 */
export const REGION_TABLE = `\
001: 002 009 010 019 142 150
002: 015 202
003: 013 021 029
005: AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE
009: 053 054 057 061
010: AQ
011: BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG
013: BZ CR GT HN MX NI PA SV
014: BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW
015: DZ EG EH LY MA SD TN
017: AO CD CF CG CM GA GQ ST TD
018: BW LS NA SZ ZA
019: 003 005 013 021 029 419
021: BM CA GL PM US
029: AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI
030: CN HK JP KP KR MN MO TW
034: AF BD BT IN IR LK MV NP PK
035: BN ID KH LA MM MY PH SG TH TL VN
039: AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK
053: AU CC CX HM NF NZ
054: FJ NC PG SB VU
057: FM GU KI MH MP NR PW UM
061: AS CK NU PF PN TK TO TV WF WS
142: 030 034 035 143 145
143: KG KZ TJ TM UZ
145: AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE
150: 039 151 154 155
151: BG BY CZ HU MD PL RO RU SK UA
154: AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ
155: AT BE CH DE FR LI LU MC NL
202: 011 014 017 018
419: 005 013 029
EEA: EU IS LI NO
EU: AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK
`

const MEMBERS: ReadonlyMap<string, readonly string[]> = membersOf(REGION_TABLE)
const CODES: ReadonlySet<string> = new Set([...MEMBERS.keys(), ...[...MEMBERS.values()].flat()])

function membersOf(table: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    table
      .trim()
      .split('\n')
      .map((line) => {
        const [group = '', members = ''] = line.split(': ')
        return [group, members.split(' ')]
      }),
  )
}

/** Whether the code is one of the table, or a subdivision of one of its countries. */
export function isRegion(code: string): boolean {
  const [country = '', subdivision] = code.split('-')
  if (subdivision === undefined) return CODES.has(code)
  return /^[A-Z]{2}$/.test(country) && !MEMBERS.has(country) && CODES.has(country)
}

/**
 * Whether `region` is `other` or lies in it: every country of the one is a country of the other. The table's own lines are
 * not enough: the EU lies in the world (001), though no group above it lists it.
 */
export function isRegionWithin(region: string, other: string): boolean {
  if (region === other) return true
  if (other.includes('-')) return false
  const [country = ''] = region.split('-')
  const outer = countriesOf(other)
  return [...countriesOf(country)].every((each) => outer.has(each))
}

/** Whether some place may lie in both: the EU and Northern Europe (154) share countries, and neither lies in the other. */
export function doRegionsOverlap(a: string, b: string): boolean {
  if (a.includes('-') && b.includes('-')) return a === b
  const [left = ''] = a.split('-')
  const [right = ''] = b.split('-')
  const countries = countriesOf(right)
  return [...countriesOf(left)].some((country) => countries.has(country))
}

const countriesOfGroup = new Map<string, ReadonlySet<string>>()

/** The countries of a group; a country is its own. */
function countriesOf(code: string): ReadonlySet<string> {
  const known = countriesOfGroup.get(code)
  if (known !== undefined) return known
  const members = MEMBERS.get(code)
  const countries = new Set(members === undefined ? [code] : [])
  for (const member of members ?? []) for (const country of countriesOf(member)) countries.add(country)
  countriesOfGroup.set(code, countries)
  return countries
}
