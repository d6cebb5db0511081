/**
 * Kind 7, terms: what an owner permits, prohibits and asks for (an ODRL profile in closed form). These are the shapes;
 * terms-schema.ts checks them, and what terms mean for a use is decided where they are evaluated.
 *
 * Terms under another profile are accepted and not read: of them only the profile, the lineage and the predecessor are
 * known, so that an evaluation can say that it does not support them.
 */
import type { CidText } from '../encoding/cid.ts'
import type { Claimed } from './common.ts'
import type { Constraint } from './constraint.ts'
import type { RevocationEffect } from './grant.ts'
import type { KindName } from './kind.ts'
import {
  type Action,
  type DutyAction,
  type DutyEvent,
  type Moment,
  type Operand,
  type Standing,
  TERMS_PROFILE,
} from './vocabulary.ts'

/** Terms as a statement carries them: of our profile, or of one we cannot read. Tell them apart with {@link isReadable}. */
export type TermsPayload = Terms | ForeignTerms

export interface ForeignTerms extends Claimed {
  /** Any IRI but our own. */
  readonly profile: string
  readonly lineage: CidText
  readonly prev?: CidText
}

export interface Terms extends Claimed {
  readonly v: 1
  readonly profile: typeof TERMS_PROFILE
  readonly lineage: CidText
  readonly prev?: CidText
  readonly versions: VersionScope
  /** SHA-256 of pinned tables (purpose, region, currency...) that replace the profile's own. */
  readonly tables?: ReadonlyMap<string, Uint8Array>
  readonly permit: readonly Permission[]
  readonly prohibit: readonly Prohibition[]
  /** Ids of duties owed whichever permission is used. */
  readonly obligations?: readonly string[]
  readonly duties: ReadonlyMap<string, Duty>
  /** Facts that only the grantee can supply; `within` seconds of the use's start. */
  readonly prove?: readonly { readonly fact: Operand; readonly within: number }[]
  readonly price?: Price
  /** Basis points, 10,000 together. */
  readonly split?: readonly { readonly party: CidText; readonly bp: number }[]
  readonly benefit?: Benefit
  readonly asOf?: Moment
  /** Left out: at-start. */
  readonly attach?: 'at-start' | 'continuous'
  /** Left out: never. */
  readonly revoke?: RevocationClause
  /** Left out: pinned. */
  readonly amend?: AmendmentClause
  readonly sublicense?: Sublicence
  readonly reach?: 'none' | 'direct' | 'transitive'
  readonly withdrawal?: { readonly honour: boolean; readonly within?: number }
  /** Left out: anyone has standing, no arbiter. */
  readonly disputes?: { readonly standing: Standing; readonly arbiters: readonly CidText[] }
  /** The human text, per language. */
  readonly text?: ReadonlyMap<string, TermsText>
  readonly authoritative?: readonly string[]
  readonly precedence?: 'human' | 'machine'
  readonly licence?: Licence
  readonly labels?: readonly string[]
}

export type VersionScope =
  | { readonly mode: 'listed'; readonly ids: readonly CidText[] }
  /** Versions first witnessed before `until`, Unix seconds. */
  | { readonly mode: 'all-until'; readonly until: number }
  | { readonly mode: 'lineage' }

export interface Permission {
  readonly id: string
  readonly actions: readonly Action[]
  /** All must hold. */
  readonly if?: readonly Constraint[]
  /** Ids in {@link Terms.duties}. */
  readonly duties?: readonly string[]
}

export interface Prohibition {
  readonly id: string
  readonly actions: readonly Action[]
  readonly if?: readonly Constraint[]
  /** Ids in {@link Terms.duties}, owed once it was broken. */
  readonly remedy?: readonly string[]
}

export interface Duty {
  readonly action: DutyAction
  readonly to?: CidText
  /** Due `within` seconds after the event. */
  readonly due: { readonly event: DutyEvent; readonly within: number }
  /** Kind of the statement that discharges it. */
  readonly evidence?: KindName
  /** Seconds after the due date within which it can be made good. */
  readonly cure?: number
}

export interface Price {
  readonly model: 'free' | 'flat' | 'per-year' | 'per-version' | 'revenue-share' | 'negotiated'
  /** Minor units. */
  readonly amount?: number
  /** ISO 4217, with the exponent of its minor unit. */
  readonly currency?: string
  readonly exp?: number
  /** Basis points of revenue. */
  readonly bp?: number
  /** On top of the amount: nothing is ever taken off what the owner receives. */
  readonly platform?: { readonly party: CidText; readonly bp: number; readonly payer: 'buyer' }
}

export interface Benefit {
  readonly kind: 'money' | 'access' | 'training' | 'cocreation' | 'results-back'
  /** Blob. */
  readonly text?: CidText
  readonly to?: CidText
  readonly due?: { readonly event: DutyEvent; readonly within: number }
}

export type RevocationClause =
  | { readonly allowed: 'never' }
  /** Notice in seconds. */
  | { readonly allowed: 'any'; readonly notice: number; readonly effect: RevocationEffect }

export type AmendmentClause =
  { readonly mode: 'pinned' } | { readonly mode: 'owner-may-change'; readonly notice: number }

export interface Sublicence {
  readonly allowed: boolean
  readonly depth?: number
  /** Terms that sublicences must use, or the same ones. */
  readonly next?: CidText | 'same'
  readonly notify?: boolean
}

export interface TermsText {
  readonly cid: CidText
  readonly size: number
  readonly type: string
}

export interface Licence {
  readonly spdx?: string
  readonly name?: string
  readonly uri?: string
  readonly digest?: Uint8Array
}

export function isReadable(terms: TermsPayload): terms is Terms {
  return terms.profile === TERMS_PROFILE
}
