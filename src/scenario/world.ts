/**
 * What the names of a scenario stand for while it is played: parties and their keys, datasets and versions, and every
 * statement so far. An unknown name is an error with the path where it stands.
 */
import { concatBytes } from '../encoding/bytes.ts'
import { type CidText, cidFromDigest } from '../encoding/cid.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import type { Sha256 } from '../merkle/hash.ts'
import type { Signer } from '../signing/signer.ts'
import { scenarioError, textOf } from './fields.ts'
import { DAY_SECONDS } from './scenario.ts'

/** What playing needs and pure code has not: keys from seeds, and hashing at the speed of the runtime. */
export interface ScenarioTools {
  /** @param seed 32 bytes; the same seed gives the same key */
  readonly signerOf: (seed: Uint8Array) => Signer
  readonly sha256: Sha256
}

interface PartyState {
  readonly id: CidText
  readonly keys: Map<string, Signer>
  /** Name of the key that signs where a step names none. */
  newest: string
  /** The inception, or the last update. */
  last: CidText
}

interface DatasetState {
  readonly lineage: CidText
  readonly owner: string
  readonly versions: Map<string, CidText>
}

/** A kind of statement by its name in a scenario, with what later steps need to know of it. */
export interface MadeStatement {
  readonly id: CidText
  readonly do: string
  readonly bytes: Uint8Array
  /** Where in the file it is made. */
  readonly path: string
  /** Terms, of a grant; price currency, of terms; grant, of a payment. */
  readonly refersTo?: string
}

export class World {
  readonly tools: ScenarioTools
  readonly start: number
  readonly parties: Map<string, PartyState> = new Map()
  readonly partySets: Map<string, CidText> = new Map()
  readonly datasets: Map<string, DatasetState> = new Map()
  readonly made: Map<string, MadeStatement> = new Map()
  /** Currency of the price of each terms, where they name one. */
  readonly currencies: Map<string, string> = new Map()

  constructor(tools: ScenarioTools, start: number) {
    this.tools = tools
    this.start = start
  }

  /** Unix seconds of the start of a day. */
  time(day: number): number {
    return this.start + day * DAY_SECONDS
  }

  digest(...words: readonly string[]): Uint8Array {
    return this.tools.sha256(concatBytes(...words.map((word) => encodeUtf8(`${word}\n`))))
  }

  signer(...words: readonly string[]): Signer {
    return this.tools.signerOf(this.digest('scenario key', ...words))
  }

  /** A key of the party by its name in the story, made when it is first named. */
  keyOf(party: string, key: string): Signer {
    const state = this.parties.get(party)
    if (state === undefined) return this.signer(party, key)
    const known = state.keys.get(key) ?? this.signer(party, key)
    state.keys.set(key, known)
    return known
  }

  readonly party = (value: unknown, path: string): CidText => this.partyState(value, path).id

  partyState(value: unknown, path: string): PartyState {
    const name = textOf(value, path)
    const state = this.parties.get(name)
    if (state === undefined) throw this.#unknown(path, 'party', name, this.parties.keys())
    return state
  }

  /** A party or a party set. */
  readonly partyOrSet = (value: unknown, path: string): CidText => {
    const name = textOf(value, path)
    const known = this.partySets.get(name) ?? this.parties.get(name)?.id
    if (known === undefined)
      throw this.#unknown(path, 'party or party set', name, [...this.parties.keys(), ...this.partySets.keys()])
    return known
  }

  dataset(value: unknown, path: string): DatasetState {
    const name = textOf(value, path)
    const known = this.datasets.get(name)
    if (known === undefined) throw this.#unknown(path, 'dataset', name, this.datasets.keys())
    return known
  }

  /** A version: of the dataset given, or `D.v1`, or a label that only one dataset has. */
  version(value: unknown, path: string, dataset?: DatasetState): CidText {
    const name = textOf(value, path)
    const own = dataset?.versions.get(name)
    if (own !== undefined) return own
    const found: CidText[] = []
    for (const [title, { versions }] of this.datasets)
      for (const [label, id] of versions) if (name === `${title}.${label}` || name === label) found.push(id)
    const [only] = found
    if (only !== undefined && (found.length === 1 || dataset === undefined)) return only
    const labels = [...(dataset === undefined ? [] : dataset.versions.keys())]
    throw this.#unknown(path, 'version', name, labels)
  }

  statement(value: unknown, path: string, ...kinds: readonly string[]): MadeStatement {
    const name = textOf(value, path)
    const known = this.made.get(name)
    if (known !== undefined && (kinds.length === 0 || kinds.includes(known.do))) return known
    const names = [...this.made].filter(([, { do: kind }]) => kinds.length === 0 || kinds.includes(kind))
    throw this.#unknown(
      path,
      kinds.length === 0 ? 'statement' : kinds.join(' or '),
      name,
      names.map(([each]) => each),
    )
  }

  /** Any statement, version, dataset or party by its name. */
  anything(value: unknown, path: string): CidText {
    const name = textOf(value, path)
    const id = this.made.get(name)?.id ?? this.datasets.get(name)?.lineage ?? this.parties.get(name)?.id
    return id ?? this.version(value, path)
  }

  model(value: unknown, path: string): Uint8Array {
    return this.digest('model', textOf(value, path))
  }

  /** A blob by its name: its content is the name. */
  blob(value: unknown, path: string): CidText {
    return cidFromDigest(this.tools.sha256(encodeUtf8(textOf(value, path))))
  }

  #unknown(path: string, what: string, name: string, known: Iterable<string>): Error {
    const names = [...known]
    const rest = names.length === 0 ? 'none is known here' : `known here: ${names.join(', ')}`
    return scenarioError(path, `no ${what} "${name}" at this point; ${rest}`)
  }
}
