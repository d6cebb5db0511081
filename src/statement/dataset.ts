/**
 * Kinds 5 and 6: a dataset, whose id is the lineage, and its versions, each bound to an archive by digest.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, code, languageTag, origins, title } from './common.ts'
import { type Schema, bytes32, cid, list, optional, struct, text, uint } from './schema.ts'

export interface Dataset extends Claimed {
  readonly title: string
  readonly owner: CidText
  /** Each signs a statement of its own with this same payload. */
  readonly coOwners?: readonly CidText[]
  readonly steward?: CidText
  readonly legalOwner?: CidText
  /** BCP 47. */
  readonly locales: readonly string[]
  readonly task?: string
  /** Where the dataset is known elsewhere: a scheme such as mdc, url or doi, and its value there. */
  readonly externalIds?: readonly { readonly scheme: string; readonly value: string }[]
  readonly labels?: readonly string[]
  /** Origins of the home logs: grants, revocations and terms of this dataset count there. */
  readonly logs: readonly string[]
}

export interface DatasetVersion extends Claimed {
  readonly lineage: CidText
  readonly prev?: CidText
  /** As its publisher writes it, such as "25.0". */
  readonly label: string
  readonly archive?: { readonly sha256: Uint8Array; readonly bytes: number }
  /** Merkle root over (path, size, sha256) of the files. */
  readonly manifest?: Uint8Array
  /** Blob: the Croissant description. */
  readonly croissant?: CidText
  readonly counts?: VersionCounts
  readonly derivedFrom?: readonly { readonly version: CidText; readonly terms: CidText }[]
  readonly consent?: ConsentSummary
}

export interface VersionCounts {
  readonly clips?: number
  readonly users?: number
  readonly secondsTotal?: number
  readonly secondsValid?: number
}

/** What can be said in public about the consents behind a version; the records themselves never enter a log. */
export interface ConsentSummary {
  /** SHA-256 of the notice contributors were shown, and its language. */
  readonly notice?: Uint8Array
  readonly language?: string
  /** Lawful basis and method, as words. */
  readonly basis?: string
  readonly method?: string
  readonly count?: number
  /** Merkle root over salted commitments to the consent records. */
  readonly root?: Uint8Array
}

export const datasetSchema: Schema<Dataset> = struct<Dataset>({
  ...claimed,
  title,
  owner: cid,
  coOwners: optional(list(cid, 1, 32)),
  steward: optional(cid),
  legalOwner: optional(cid),
  locales: list(languageTag, 1, 400),
  task: optional(code),
  externalIds: optional(list(struct<{ scheme: string; value: string }>({ scheme: code, value: text(400) }), 1, 32)),
  labels: optional(list(title, 1, 32)),
  logs: origins,
})

export const datasetVersionSchema: Schema<DatasetVersion> = struct<DatasetVersion>({
  ...claimed,
  lineage: cid,
  prev: optional(cid),
  label: title,
  archive: optional(struct<{ sha256: Uint8Array; bytes: number }>({ sha256: bytes32, bytes: uint() })),
  manifest: optional(bytes32),
  croissant: optional(cid),
  counts: optional(
    struct<VersionCounts>({
      clips: optional(uint()),
      users: optional(uint()),
      secondsTotal: optional(uint()),
      secondsValid: optional(uint()),
    }),
  ),
  derivedFrom: optional(list(struct<{ version: CidText; terms: CidText }>({ version: cid, terms: cid }), 1, 64)),
  consent: optional(
    struct<ConsentSummary>({
      notice: optional(bytes32),
      language: optional(languageTag),
      basis: optional(code),
      method: optional(code),
      count: optional(uint()),
      root: optional(bytes32),
    }),
  ),
})
