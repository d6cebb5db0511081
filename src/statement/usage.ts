/**
 * Kinds 14 and 15: a run that is about to use datasets, and the attestation of what it was. Everything here is as the
 * user declares it; a fact left out is unknown, which is never better for the user than saying it.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, instant, region, title } from './common.ts'
import { type Schema, bool, bytes32, cid, list, optional, struct, text, token, uint } from './schema.ts'
import {
  ACTIONS,
  type Action,
  CAPABILITIES,
  type Capability,
  OPENNESS,
  type Openness,
  PURPOSES,
  type Purpose,
} from './vocabulary.ts'

export interface UsageStart extends Claimed {
  /** The user's own id of the run; a usage of the same run repeats it. */
  readonly run: string
  readonly grants: readonly CidText[]
  readonly actions: readonly Action[]
  /** Merkle root of the run's inputs. */
  readonly manifest?: Uint8Array
}

export interface Usage extends Claimed {
  readonly run: string
  /** Left out means unknown; never empty. */
  readonly actions?: readonly Action[]
  readonly purposes?: readonly Purpose[]
  readonly commercial?: boolean
  /** Unix seconds; the run was [from, to). */
  readonly from: number
  readonly to: number
  /** The project the run belonged to, as its grant names it. */
  readonly project?: string
  /** Where the data was processed: ISO 3166 or UN M49. */
  readonly places?: readonly string[]
  readonly datasets: readonly UsedDataset[]
  /** SHA-256 of the models this run started from. */
  readonly parents?: readonly Uint8Array[]
  readonly outputs?: readonly UsageOutput[]
  /** Of the resulting model; empty: declared none; left out: unknown. */
  readonly capabilities?: readonly Capability[]
  readonly openness?: Openness
  readonly published?: boolean
  readonly licence?: string
  readonly attribution?: { readonly uri: string; readonly digest?: Uint8Array }
  /** SHA-256 of the training code and of the environment's description. */
  readonly code?: Uint8Array
  readonly environment?: Uint8Array
  /** The user says that every dataset used is named. */
  readonly complete?: boolean
  /** The usage that this one amends; an amendment only adds. */
  readonly prev?: CidText
}

export interface UsedDataset {
  readonly version: CidText
  /** Left out: the whole version. */
  readonly subset?: { readonly paths: readonly string[] } | { readonly percent: number }
  /** The grants relied on, as alternatives; may be empty. */
  readonly grants: readonly CidText[]
}

export interface UsageOutput {
  readonly name?: string
  readonly sha256: Uint8Array
  readonly manifest?: Uint8Array
}

type Subset = { readonly paths?: readonly string[]; readonly percent?: number }

const subset = struct<Subset>({ paths: optional(list(text(500), 1, 500)), percent: optional(uint(100)) }, (value) =>
  (value.paths === undefined) === (value.percent === undefined) ? 'either paths or percent' : undefined,
) as Schema<NonNullable<UsedDataset['subset']>>

export const usageStartSchema: Schema<UsageStart> = struct<UsageStart>({
  ...claimed,
  run: title,
  grants: list(cid, 1, 200),
  actions: list(token(...ACTIONS), 1, ACTIONS.length),
  manifest: optional(bytes32),
})

export const usageSchema: Schema<Usage> = struct<Usage>(
  {
    ...claimed,
    run: title,
    actions: optional(list(token(...ACTIONS), 1, ACTIONS.length)),
    purposes: optional(list(token(...PURPOSES), 1, PURPOSES.length)),
    commercial: optional(bool),
    from: instant,
    to: instant,
    project: optional(title),
    places: optional(list(region, 1, 64)),
    datasets: list(struct<UsedDataset>({ version: cid, subset: optional(subset), grants: list(cid, 0, 32) }), 0, 200),
    parents: optional(list(bytes32, 1, 64)),
    outputs: optional(
      list(struct<UsageOutput>({ name: optional(title), sha256: bytes32, manifest: optional(bytes32) }), 1, 64),
    ),
    capabilities: optional(list(token(...CAPABILITIES), 0, CAPABILITIES.length)),
    openness: optional(token(...OPENNESS)),
    published: optional(bool),
    licence: optional(title),
    attribution: optional(struct<{ uri: string; digest?: Uint8Array }>({ uri: text(400), digest: optional(bytes32) })),
    code: optional(bytes32),
    environment: optional(bytes32),
    complete: optional(bool),
    prev: optional(cid),
  },
  (value) => (value.from <= value.to ? undefined : 'a run that does not end before it starts'),
)
