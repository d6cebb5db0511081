/**
 * Kinds 16 and 17: what one party attests about another, and a set of parties that terms can pin. Both count only for
 * verifiers that trust the endorser, or for terms that name this very set.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, code, instant, languageTag, region, title } from './common.ts'
import { type Schema, cid, list, optional, struct, token, variant } from './schema.ts'
import { ORGANISATION_KINDS, type OrganisationKind } from './vocabulary.ts'

/** In force in [from, until), Unix seconds; open where left out. */
export type Credential = Claimed & {
  readonly subject: CidText
  readonly from?: number
  readonly until?: number
  /** What the endorser looked at. */
  readonly basis?: string
} & CredentialFact

export type CredentialFact =
  | { readonly type: 'org-kind'; readonly value: { readonly kind: OrganisationKind } }
  | { readonly type: 'region'; readonly value: { readonly country: string } }
  /** {} = independent: controlled by nobody. */
  | { readonly type: 'affiliation'; readonly value: Affiliation }
  | { readonly type: 'ethics'; readonly value: { readonly project?: string } }
  | { readonly type: 'auditor'; readonly value: { readonly scope?: string } }
  | { readonly type: 'translation'; readonly value: { readonly text: CidText; readonly language: string } }

export type CredentialType = CredentialFact['type']

export interface Affiliation {
  readonly controllers?: readonly CidText[]
  readonly ultimateParent?: CidText
}

type Fact<T extends CredentialType> = Extract<CredentialFact, { type: T }>

/** The same fields for every type; the value is that of the type. */
function credential<T extends CredentialType>(type: T, value: Schema<Fact<T>['value']>): Schema<Credential> {
  const fields = {
    ...claimed,
    subject: cid,
    from: optional(instant),
    until: optional(instant),
    basis: optional(title),
    type: token(type),
    value,
  }
  // The compiler cannot follow a generic through the intersection; the table below names every type once.
  return struct(fields as never) as unknown as Schema<Credential>
}

export const credentialSchema: Schema<Credential> = variant<Credential>('type', {
  'org-kind': credential('org-kind', struct<Fact<'org-kind'>['value']>({ kind: token(...ORGANISATION_KINDS) })),
  region: credential('region', struct<Fact<'region'>['value']>({ country: region })),
  affiliation: credential(
    'affiliation',
    struct<Affiliation>({ controllers: optional(list(cid, 1, 64)), ultimateParent: optional(cid) }),
  ),
  ethics: credential('ethics', struct<Fact<'ethics'>['value']>({ project: optional(title) })),
  auditor: credential('auditor', struct<Fact<'auditor'>['value']>({ scope: optional(title) })),
  translation: credential('translation', struct<Fact<'translation'>['value']>({ text: cid, language: languageTag })),
})

/** A later version of a set names it as `prev`; terms pin the id of one version. */
export interface PartySet extends Claimed {
  readonly title?: string
  readonly prev?: CidText
  readonly members: readonly CidText[]
  /** The rule by which members were chosen, as a word. */
  readonly basis?: string
  readonly from?: number
  readonly until?: number
}

export const partySetSchema: Schema<PartySet> = struct<PartySet>({
  ...claimed,
  title: optional(title),
  prev: optional(cid),
  members: list(cid, 1, 200),
  basis: optional(code),
  from: optional(instant),
  until: optional(instant),
})
