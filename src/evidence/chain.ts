/**
 * The chain of a verdict, for a person: from a use to each dataset version, to the terms and grant it was judged under, and
 * to the acceptance, with where each of them stands and since when witnesses vouch for it. Nothing is decided here.
 */
import type { CidText } from '../encoding/cid.ts'
import { isCid } from '../encoding/cid.ts'
import type { Statement } from '../statement/envelope.ts'
import type { DatasetVerdict, UseVerdict } from '../terms/verdict.ts'
import type { EvidenceView, Placement } from '../terms/view.ts'
import { datasetOf, partyOf, witnessedBy } from './about.ts'
import { type Phrase, phrase } from './phrase.ts'

/** One statement of the chain; what is not in evidence is a link without a place. */
export interface ChainLink {
  /** How far in it stands: a use 0, a version 1, what the version was judged by 2. */
  readonly depth: number
  /** What it is and who says so, in words. */
  readonly says: Phrase
  readonly id: CidText
  readonly places: readonly Placement[]
  /** Unix seconds; undefined: no quorum of the verifier's witnesses vouches for it. */
  readonly witnessedBy: number | undefined
  readonly isSignatureValid: boolean
}

/** One chain for each use, in their order. */
export function chainsOf(view: EvidenceView, uses: readonly UseVerdict[]): readonly (readonly ChainLink[])[] {
  const acceptances = acceptancesByGrant(view)
  return uses.map((use) => chainOf(view, acceptances, use))
}

type Acceptances = ReadonlyMap<CidText, readonly Statement[]>

function acceptancesByGrant(view: EvidenceView): Acceptances {
  const found = new Map<CidText, Statement[]>()
  for (const { statement } of view.statements.values()) {
    if (statement.kind !== 10) continue
    const { grant } = statement.payload
    const known = found.get(grant)
    if (known === undefined) found.set(grant, [statement])
    else known.push(statement)
  }
  return found
}

function chainOf(
  view: EvidenceView,
  acceptances: Acceptances,
  { use, user, run, datasets }: UseVerdict,
): readonly ChainLink[] {
  const links = datasets.flatMap((dataset) => datasetLinks(view, acceptances, dataset, user))
  if (use === undefined) return links
  return [link(view, use, 0, phrase('report-chain-use', { run: run ?? '', user: nameOf(view, user) })), ...links]
}

function datasetLinks(
  view: EvidenceView,
  acceptances: Acceptances,
  dataset: DatasetVerdict,
  user: CidText | undefined,
): readonly ChainLink[] {
  const { version, lineage, terms, grant, outcome } = dataset
  const { title, label } = datasetOf(view, dataset)
  const titled = lineage === undefined ? undefined : statementOf(view, lineage)
  const owner = titled?.kind === 5 ? nameOf(view, titled.payload.owner) : ''
  const key = title === undefined ? 'report-chain-version-untitled' : 'report-chain-version'
  const says = phrase(key, {
    label: label ?? '?',
    title: title ?? '',
    owner,
    granted: grant === undefined ? 'no' : 'yes',
    outcome,
  })
  return [
    link(view, version, 1, says),
    ...(terms === undefined
      ? []
      : [link(view, terms, 2, phrase('report-chain-terms', { by: issuerName(view, terms) }))]),
    ...(grant === undefined ? [] : grantLinks(view, acceptances, grant, user)),
  ]
}

function grantLinks(
  view: EvidenceView,
  acceptances: Acceptances,
  grant: CidText,
  user: CidText | undefined,
): readonly ChainLink[] {
  const statement = statementOf(view, grant)
  const assignee = statement?.kind === 9 ? statement.payload.assignee : undefined
  const by = issuerName(view, grant)
  const says =
    assignee === undefined
      ? phrase('report-chain-open-grant', { by })
      : phrase('report-chain-grant', { by, to: nameOf(view, assignee) })
  const own = (acceptances.get(grant) ?? []).filter(({ iss }) => iss === user)
  return [
    link(view, grant, 2, says),
    ...own.map(({ id }) => link(view, id, 2, phrase('report-chain-accepted', { by: issuerName(view, id) }))),
  ]
}

function link(view: EvidenceView, id: CidText, depth: number, says: Phrase): ChainLink {
  const viewed = view.statements.get(id)
  return {
    depth,
    says,
    id,
    places: viewed?.placements ?? [],
    witnessedBy: witnessedBy(view, id),
    isSignatureValid: viewed?.isSignatureValid ?? false,
  }
}

function statementOf(view: EvidenceView, id: CidText): Statement | undefined {
  return view.statements.get(id)?.statement
}

function issuerName(view: EvidenceView, id: CidText): string {
  const iss = statementOf(view, id)?.iss
  return nameOf(view, iss !== undefined && isCid(iss) ? iss : undefined)
}

/** Ids stand below the names in the chain; a party without a name is only its id. */
function nameOf(view: EvidenceView, party: CidText | undefined): string {
  return partyOf(view, party).name ?? party ?? '?'
}
