/**
 * The closed schema of terms (kind 7): shapes, words, and what must hold between the clauses of one document.
 */
import { type CborValue, isCborMap } from '../encoding/cbor.ts'
import type { CidText } from '../encoding/cid.ts'
import { claimed, code, duration, instant, languageTag, title } from './common.ts'
import { comparisonFault, comparisons, constraintSchema } from './constraint.ts'
import { revocationEffectSchema } from './grant.ts'
import { ALL_KIND_NAMES } from './kind.ts'
import {
  type Schema,
  bool,
  bytes32,
  cid,
  dictionary,
  exactly,
  list,
  optional,
  pattern,
  schemaError,
  struct,
  text,
  token,
  uint,
  variant,
} from './schema.ts'
import { currencyExponent } from './tables/currencies.ts'
import {
  type AmendmentClause,
  type Benefit,
  type Duty,
  type ForeignTerms,
  type Licence,
  type Permission,
  type Price,
  type Prohibition,
  type RevocationClause,
  type Sublicence,
  type Terms,
  type TermsPayload,
  type TermsText,
  type VersionScope,
  isReadable,
} from './terms.ts'
import {
  ACTIONS,
  DUTY_ACTIONS,
  DUTY_EVENTS,
  MOMENTS,
  OPERANDS,
  type Operand,
  STANDINGS,
  TERMS_PROFILE,
} from './vocabulary.ts'

const actions = list(token(...ACTIONS), 1, ACTIONS.length)
const constraints = list(constraintSchema, 1, 64)
const clauseIds = list(code, 1, 64)
const due = struct<Duty['due']>({ event: token(...DUTY_EVENTS), within: duration })
const basisPoints = uint(10_000)

const versionScope: Schema<VersionScope> = variant<VersionScope>('mode', {
  listed: struct<{ mode: 'listed'; ids: readonly CidText[] }>({
    mode: token('listed'),
    ids: list(cid, 1, 200),
  }),
  'all-until': struct<{ mode: 'all-until'; until: number }>({
    mode: token('all-until'),
    until: instant,
  }),
  lineage: struct<{ mode: 'lineage' }>({ mode: token('lineage') }),
})

const revocationClause: Schema<RevocationClause> = variant<RevocationClause>('allowed', {
  never: struct<{ allowed: 'never' }>({ allowed: token('never') }),
  any: struct<Extract<RevocationClause, { allowed: 'any' }>>({
    allowed: token('any'),
    notice: duration,
    effect: revocationEffectSchema,
  }),
})

const amendmentClause: Schema<AmendmentClause> = variant<AmendmentClause>('mode', {
  pinned: struct<{ mode: 'pinned' }>({ mode: token('pinned') }),
  'owner-may-change': struct<{ mode: 'owner-may-change'; notice: number }>({
    mode: token('owner-may-change'),
    notice: duration,
  }),
})

const next: Schema<CidText | 'same'> = {
  decode: (value, path) => (value === 'same' ? value : cid.decode(value, path)),
  encode: (value, path) => (value === 'same' ? value : cid.encode(value, path)),
}

const price = struct<Price>({
  model: token('free', 'flat', 'per-year', 'per-version', 'revenue-share', 'negotiated'),
  amount: optional(uint()),
  currency: optional(pattern('an ISO 4217 currency', /^[A-Z]{3}$/)),
  exp: optional(uint(4)),
  bp: optional(basisPoints),
  platform: optional(struct<NonNullable<Price['platform']>>({ party: cid, bp: basisPoints, payer: token('buyer') })),
})

const termsSchema: Schema<Terms> = struct<Terms>(
  {
    ...claimed,
    v: exactly(1),
    profile: token(TERMS_PROFILE),
    lineage: cid,
    prev: optional(cid),
    versions: versionScope,
    tables: optional(dictionary(code, bytes32, 16)),
    permit: list(
      struct<Permission>({ id: code, actions, if: optional(constraints), duties: optional(clauseIds) }),
      0,
      64,
    ),
    prohibit: list(
      struct<Prohibition>({ id: code, actions, if: optional(constraints), remedy: optional(clauseIds) }),
      0,
      64,
    ),
    obligations: optional(clauseIds),
    duties: dictionary(
      code,
      struct<Duty>({
        action: token(...DUTY_ACTIONS),
        to: optional(cid),
        due,
        evidence: optional(token(...ALL_KIND_NAMES)),
        cure: optional(duration),
      }),
      64,
    ),
    prove: optional(
      list(struct<{ fact: Operand; within: number }>({ fact: token(...OPERANDS), within: duration }), 1, 32),
    ),
    price: optional(price),
    split: optional(list(struct<{ party: CidText; bp: number }>({ party: cid, bp: basisPoints }), 1, 32)),
    benefit: optional(
      struct<Benefit>({
        kind: token('money', 'access', 'training', 'cocreation', 'results-back'),
        text: optional(cid),
        to: optional(cid),
        due: optional(due),
      }),
    ),
    asOf: optional(token(...MOMENTS)),
    attach: optional(token('at-start', 'continuous')),
    revoke: optional(revocationClause),
    amend: optional(amendmentClause),
    sublicense: optional(
      struct<Sublicence>({ allowed: bool, depth: optional(uint(16)), next: optional(next), notify: optional(bool) }),
    ),
    reach: optional(token('none', 'direct', 'transitive')),
    withdrawal: optional(struct<NonNullable<Terms['withdrawal']>>({ honour: bool, within: optional(duration) })),
    disputes: optional(
      struct<NonNullable<Terms['disputes']>>({ standing: token(...STANDINGS), arbiters: list(cid, 0, 16) }),
    ),
    text: optional(dictionary(languageTag, struct<TermsText>({ cid, size: uint(), type: text(100) }), 64)),
    authoritative: optional(list(languageTag, 1, 64)),
    precedence: optional(token('human', 'machine')),
    licence: optional(
      struct<Licence>({
        spdx: optional(title),
        name: optional(title),
        uri: optional(text(400)),
        digest: optional(bytes32),
      }),
    ),
    labels: optional(list(text(400), 1, 32)),
  },
  termsFault,
)

/** What must hold between the parts: words fit their operands, clause ids are unique, duties named exist, shares add up. */
function termsFault(terms: Terms): string | undefined {
  const tables = new Set(terms.tables?.keys() ?? [])
  const ids = new Set<string>()
  const owed = [...(terms.obligations ?? [])]
  for (const clause of [...terms.permit, ...terms.prohibit]) {
    if (ids.has(clause.id)) return `clause ids that differ ("${clause.id}" occurs twice)`
    ids.add(clause.id)
    for (const comparison of comparisons(clause.if ?? [])) {
      const expected = comparisonFault(comparison, tables)
      if (expected !== undefined) return `in the rule "${clause.id}", ${expected}`
    }
  }
  for (const permission of terms.permit) owed.push(...(permission.duties ?? []))
  for (const prohibition of terms.prohibit) owed.push(...(prohibition.remedy ?? []))
  const unknown = owed.find((id) => !terms.duties.has(id))
  if (unknown !== undefined) return `a duty "${unknown}", which a clause names`
  if (terms.split !== undefined && terms.split.reduce((sum, { bp }) => sum + bp, 0) !== 10_000) {
    return 'shares of a split that add up to 10000'
  }
  const priceFault = terms.price === undefined ? undefined : faultOfPrice(terms.price, tables)
  if (priceFault !== undefined) return priceFault
  const untold = terms.authoritative?.find((language) => terms.text?.has(language) !== true)
  return untold === undefined ? undefined : `a text in "${untold}", which is called authoritative`
}

/** Amounts are whole minor units of a currency that says how small those are. */
function faultOfPrice(price: Price, tables: ReadonlySet<string>): string | undefined {
  const { model, amount, currency, exp } = price
  if (model === 'free' && Object.keys(price).length > 1) return 'no other key in a price that is free'
  const isOpen = model === 'revenue-share' || model === 'negotiated'
  if (model !== 'free' && currency === undefined) return `a currency for the price model ${model}`
  if (model !== 'free' && !isOpen && amount === undefined) return `an amount for the price model ${model}`
  if (currency === undefined || tables.has('currency')) return undefined
  const exponent = currencyExponent(currency)
  if (exponent === undefined) return `a currency of ISO 4217, not "${currency}"`
  return exp === undefined || exp === exponent ? undefined : `exp ${exponent}, the minor unit of ${currency}`
}

export const termsPayloadSchema: Schema<TermsPayload> = {
  decode(value, path) {
    if (!isCborMap(value)) throw schemaError(path, 'a map')
    return value.get('profile') === TERMS_PROFILE ? termsSchema.decode(value, path) : decodeForeign(value, path)
  },
  encode(value, path) {
    if (isReadable(value)) return termsSchema.encode(value, path)
    // Its other keys were never read, so it cannot be written.
    throw schemaError(`${path}.profile`, TERMS_PROFILE)
  },
}

/** The keys that terms of any profile share; the rest belongs to the profile and is not judged. */
function decodeForeign(value: ReadonlyMap<number | string, CborValue>, path: string): ForeignTerms {
  const shared = new Map<number | string, CborValue>()
  for (const key of ['profile', 'lineage', 'prev', 'iat', 'seen']) {
    const item = value.get(key)
    if (item !== undefined) shared.set(key, item)
  }
  return foreignTermsSchema.decode(shared, path)
}

const foreignTermsSchema = struct<ForeignTerms>({ ...claimed, profile: text(400), lineage: cid, prev: optional(cid) })
