/**
 * English names of the codes of the region table, for people who read and write terms. They are no part of the table and
 * of its digest: statements carry codes alone, so a name can be added or mended without touching what was signed. What a
 * runtime calls a country (Intl.DisplayNames) differs between runtimes, and the same terms have to read the same everywhere.
 *
 * Source: Unicode CLDR 48 (en), except where another name is shorter or plainer, and the groups of UN M49. The first name of
 * a line is printed, with "the" where a sentence needs it; the others are understood too.
 */
import { isRegion } from './regions.ts'

const NAME_TABLE = `\
001 the world
002 Africa
003 North America
005 South America
009 Oceania
010 the Antarctic region
011 Western Africa; West Africa
013 Central America
014 Eastern Africa; East Africa
015 Northern Africa; North Africa
017 Middle Africa; Central Africa
018 Southern Africa
019 the Americas
021 Northern America
029 the Caribbean
030 Eastern Asia; East Asia
034 Southern Asia; South Asia
035 Southeast Asia; South Eastern Asia
039 Southern Europe; South Europe
053 Australasia
054 Melanesia
057 the Micronesian region
061 Polynesia
142 Asia
143 Central Asia
145 Western Asia; West Asia
150 Europe
151 Eastern Europe; East Europe
154 Northern Europe; North Europe
155 Western Europe; West Europe
202 Sub-Saharan Africa
419 Latin America and the Caribbean; Latin America
AD Andorra
AE the United Arab Emirates; Emirates; UAE
AF Afghanistan
AG Antigua and Barbuda
AI Anguilla
AL Albania
AM Armenia
AO Angola
AQ Antarctica
AR Argentina
AS American Samoa
AT Austria
AU Australia
AW Aruba
AX Åland Islands
AZ Azerbaijan
BA Bosnia and Herzegovina; Bosnia
BB Barbados
BD Bangladesh
BE Belgium
BF Burkina Faso
BG Bulgaria
BH Bahrain
BI Burundi
BJ Benin
BL Saint Barthélemy; St. Barthélemy
BM Bermuda
BN Brunei; Brunei Darussalam
BO Bolivia
BQ the Caribbean Netherlands
BR Brazil
BS the Bahamas
BT Bhutan
BV Bouvet Island
BW Botswana
BY Belarus
BZ Belize
CA Canada
CC the Cocos (Keeling) Islands
CD the Democratic Republic of the Congo; DR Congo; Congo - Kinshasa; DRC; Democratic Republic of Congo
CF the Central African Republic
CG the Republic of the Congo; Republic of Congo; Congo - Brazzaville
CH Switzerland
CI Côte d'Ivoire; Ivory Coast
CK the Cook Islands
CL Chile
CM Cameroon
CN China
CO Colombia
CR Costa Rica
CU Cuba
CV Cape Verde; Cabo Verde
CW Curaçao
CX Christmas Island
CY Cyprus
CZ Czechia; Czech Republic
DE Germany
DJ Djibouti
DK Denmark
DM Dominica
DO the Dominican Republic
DZ Algeria
EC Ecuador
EE Estonia
EEA the European Economic Area
EG Egypt
EH Western Sahara
ER Eritrea
ES Spain
ET Ethiopia
EU the European Union
FI Finland
FJ Fiji
FK the Falkland Islands; Malvinas
FM Micronesia
FO the Faroe Islands
FR France
GA Gabon
GB the United Kingdom; Great Britain; Britain; UK
GD Grenada
GE Georgia
GF French Guiana
GG Guernsey
GH Ghana
GI Gibraltar
GL Greenland
GM the Gambia
GN Guinea
GP Guadeloupe
GQ Equatorial Guinea
GR Greece
GS South Georgia and South Sandwich Islands
GT Guatemala
GU Guam
GW Guinea-Bissau
GY Guyana
HK Hong Kong; Hong Kong SAR China
HM the Heard and McDonald Islands
HN Honduras
HR Croatia
HT Haiti
HU Hungary
ID Indonesia
IE Ireland
IL Israel
IM the Isle of Man
IN India
IO the British Indian Ocean Territory
IQ Iraq
IR Iran
IS Iceland
IT Italy
JE Jersey
JM Jamaica
JO Jordan
JP Japan
KE Kenya
KG Kyrgyzstan
KH Cambodia
KI Kiribati
KM the Comoros
KN Saint Kitts and Nevis; St. Kitts & Nevis
KP North Korea
KR South Korea; Republic of Korea
KW Kuwait
KY the Cayman Islands
KZ Kazakhstan
LA Laos; Lao
LB Lebanon
LC Saint Lucia; St. Lucia
LI Liechtenstein
LK Sri Lanka
LR Liberia
LS Lesotho
LT Lithuania
LU Luxembourg
LV Latvia
LY Libya
MA Morocco
MC Monaco
MD Moldova
ME Montenegro
MF Saint Martin; St. Martin
MG Madagascar
MH the Marshall Islands
MK North Macedonia; Macedonia
ML Mali
MM Myanmar; Myanmar (Burma); Burma
MN Mongolia
MO Macao; Macao SAR China; Macau
MP the Northern Mariana Islands
MQ Martinique
MR Mauritania
MS Montserrat
MT Malta
MU Mauritius
MV the Maldives
MW Malawi
MX Mexico
MY Malaysia
MZ Mozambique
NA Namibia
NC New Caledonia
NE Niger
NF Norfolk Island
NG Nigeria
NI Nicaragua
NL the Netherlands; Holland
NO Norway
NP Nepal
NR Nauru
NU Niue
NZ New Zealand
OM Oman
PA Panama
PE Peru
PF French Polynesia
PG Papua New Guinea
PH the Philippines
PK Pakistan
PL Poland
PM Saint Pierre and Miquelon; St. Pierre & Miquelon
PN the Pitcairn Islands
PR Puerto Rico
PS the Palestinian Territories; Palestine
PT Portugal
PW Palau
PY Paraguay
QA Qatar
RE Réunion
RO Romania
RS Serbia
RU Russia; Russian Federation
RW Rwanda
SA Saudi Arabia
SB the Solomon Islands
SC the Seychelles
SD Sudan
SE Sweden
SG Singapore
SH Saint Helena; St. Helena
SI Slovenia
SJ Svalbard and Jan Mayen
SK Slovakia
SL Sierra Leone
SM San Marino
SN Senegal
SO Somalia
SR Suriname
SS South Sudan
ST São Tomé and Príncipe
SV El Salvador
SX Sint Maarten
SY Syria; Syrian Arab Republic
SZ Eswatini; Swaziland
TC the Turks and Caicos Islands
TD Chad
TF the French Southern Territories
TG Togo
TH Thailand
TJ Tajikistan
TK Tokelau
TL Timor-Leste; East Timor
TM Turkmenistan
TN Tunisia
TO Tonga
TR Türkiye; Turkey
TT Trinidad and Tobago
TV Tuvalu
TW Taiwan
TZ Tanzania; United Republic of Tanzania
UA Ukraine
UG Uganda
UM the U.S. Outlying Islands
US the United States; United States of America; USA
UY Uruguay
UZ Uzbekistan
VA Vatican City; Holy See
VC Saint Vincent and the Grenadines; St. Vincent & Grenadines
VE Venezuela
VG the British Virgin Islands
VI the U.S. Virgin Islands
VN Vietnam; Viet Nam
VU Vanuatu
WF Wallis and Futuna
WS Samoa
XK Kosovo
YE Yemen
YT Mayotte
ZA South Africa
ZM Zambia
ZW Zimbabwe
`

const NAMES: ReadonlyMap<string, readonly string[]> = new Map(
  NAME_TABLE.trim()
    .split('\n')
    .map((line) => {
      const at = line.indexOf(' ')
      return [line.slice(0, at), line.slice(at + 1).split('; ')]
    }),
)

const CODES: ReadonlyMap<string, string> = new Map(
  [...NAMES].flatMap(([code, names]) => names.map((name): [string, string] => [plainName(name), code])),
)

/** As it stands in a sentence; a subdivision with its country, and any other text as it is. */
export function regionName(code: string): string {
  const name = NAMES.get(code)?.[0]
  if (name !== undefined) return name
  const country = NAMES.get(code.split('-')[0] ?? '')?.[0]
  return country === undefined || !isRegion(code) ? code : `${code} (a part of ${country})`
}

/** The code of a name as people write it: any case, with or without accents and "the". */
export function regionOfName(name: string): string | undefined {
  return CODES.get(plainName(name))
}

/** Every name that is understood, in plain letters, with its code. */
export function regionNames(): ReadonlyMap<string, string> {
  return CODES
}

/** "The Côte d'Ivoire" and "cote d ivoire" are one name. */
export function plainName(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replaceAll(/[^a-z0-9]+/gu, ' ')
    .trim()
    .replaceAll(/^saint /gu, 'st ')
    .replaceAll(/(^| )the(?= )/gu, '')
    .trim()
}
