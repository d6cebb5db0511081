/**
 * Kinds 8, 9, 10 and 13: a request, a grant under terms, its acceptance, and the revocation of a grant, of terms, of a
 * version or of a credential.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, duration, instant, origin, origins, region, title } from './common.ts'
import { ALL_KIND_NAMES, type KindName } from './kind.ts'
import { type Schema, bool, cid, list, optional, struct, token, uint, variant } from './schema.ts'
import { ACTIONS, type Action, PURPOSES, type Purpose } from './vocabulary.ts'

/** What a buyer would like to do. It has no effect; a grant may name it. */
export interface Request extends Claimed {
  /** The terms it asks under, or the version it asks for. */
  readonly terms?: CidText
  readonly version?: CidText
  readonly actions: readonly Action[]
  readonly purposes?: readonly Purpose[]
  readonly commercial?: boolean
  readonly places?: readonly string[]
  readonly project?: string
}

export interface Grant extends Claimed {
  readonly terms: CidText
  /** Left out: every version the terms cover. */
  readonly versions?: readonly CidText[]
  /** Left out: open, any party may accept. */
  readonly assignee?: CidText
  readonly request?: CidText
  /** The grant this one is a sublicence of. */
  readonly parent?: CidText
  /** Opaque id; only uses of this project are covered. */
  readonly project?: string
  /** Unix seconds; the window is [from, until). */
  readonly from?: number
  readonly until?: number
  /** Kinds of statements the assignee may make for the owner. */
  readonly rights?: readonly KindName[]
  /** Origins of further logs in which revocations of this grant count. */
  readonly logs?: readonly string[]
}

export interface Acceptance extends Claimed {
  readonly grant: CidText
  /** The terms of that grant, repeated. */
  readonly terms: CidText
  /** Price agreed, in minor units of the terms' currency. */
  readonly total?: number
  /** Who signs for the organisation: a role, never a person's name. */
  readonly authority?: string
  /** Origin of one further named log, chosen by the assignee. */
  readonly log?: string
}

/** What an ended grant means for uses under way. Durations in seconds. */
export type RevocationEffect =
  | { readonly mode: 'no-new-use' }
  | { readonly mode: 'stop-running'; readonly grace: number }
  | { readonly mode: 'delete-data'; readonly within: number }
  | { readonly mode: 'retire-models'; readonly within: number }

export interface Revocation extends Claimed {
  /** A grant, terms, a version or a credential. */
  readonly target: CidText
  /** Unix seconds, as declared; never earlier than the terms allow. */
  readonly effective?: number
  readonly cause?: string
  /** At most what the terms allow. */
  readonly effect?: RevocationEffect
}

type Effect<M extends RevocationEffect['mode']> = Extract<RevocationEffect, { mode: M }>

export const revocationEffectSchema: Schema<RevocationEffect> = variant<RevocationEffect>('mode', {
  'no-new-use': struct<Effect<'no-new-use'>>({ mode: token('no-new-use') }),
  'stop-running': struct<Effect<'stop-running'>>({
    mode: token('stop-running'),
    grace: duration,
  }),
  'delete-data': struct<Effect<'delete-data'>>({
    mode: token('delete-data'),
    within: duration,
  }),
  'retire-models': struct<Effect<'retire-models'>>({
    mode: token('retire-models'),
    within: duration,
  }),
})

export const requestSchema: Schema<Request> = struct<Request>(
  {
    ...claimed,
    terms: optional(cid),
    version: optional(cid),
    actions: list(token(...ACTIONS), 1, ACTIONS.length),
    purposes: optional(list(token(...PURPOSES), 1, PURPOSES.length)),
    commercial: optional(bool),
    places: optional(list(region, 1, 64)),
    project: optional(title),
  },
  (value) => (value.terms === undefined && value.version === undefined ? 'terms or a version' : undefined),
)

export const grantSchema: Schema<Grant> = struct<Grant>({
  ...claimed,
  terms: cid,
  versions: optional(list(cid, 1, 200)),
  assignee: optional(cid),
  request: optional(cid),
  parent: optional(cid),
  project: optional(title),
  from: optional(instant),
  until: optional(instant),
  rights: optional(list(token(...ALL_KIND_NAMES), 1, ALL_KIND_NAMES.length)),
  logs: optional(origins),
})

export const acceptanceSchema: Schema<Acceptance> = struct<Acceptance>({
  ...claimed,
  grant: cid,
  terms: cid,
  total: optional(uint()),
  authority: optional(title),
  log: optional(origin),
})

export const revocationSchema: Schema<Revocation> = struct<Revocation>({
  ...claimed,
  target: cid,
  effective: optional(instant),
  cause: optional(title),
  effect: optional(revocationEffectSchema),
})
