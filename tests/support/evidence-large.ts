/**
 * A bundle of the size of real ones, from three logs of hundreds of entries: two in parts, with paths of many levels, long
 * lists and elements of lists, and one whole. With a blob and a cited note.
 */
import { nativeSha256 as sha256 } from '../../src/storage/native-sha256.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import type { Bundle } from '../../src/evidence/bundle-model.ts'
import { collect } from '../../src/evidence/collect.ts'
import { type LogSource, prepareBundle } from '../../src/evidence/prepare-bundle.ts'
import { proveConsistency } from '../../src/merkle/consistency.ts'
import { createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import { proveInclusion } from '../../src/merkle/inclusion.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import { saltBlob } from '../../src/statement/salted-blob.ts'
import {
  decodeIndexEvidence,
  encodeIndexEvidence,
  type EvidenceElement,
  type EvidenceList,
} from '../../src/subject-index/evidence.ts'
import { itemHash } from '../../src/subject-index/list.ts'
import { makeStatement, type TestNode } from './evidence-ledger.ts'
import { createStory, type Story, STORY_START } from './evidence-story.ts'

const CLAIMS_PER_LOG = 60
const ENTRIES_PER_LOG = 300

export interface LargeBundle {
  readonly story: Story
  readonly bundle: Bundle
}

export function createLargeBundle(): LargeBundle {
  const story = createStory()
  const { owner, others, buyer, stranger, ids } = story
  const claim = { respondent: buyer.id, allegation: 'NO_PERMISSION' }
  const nodes = [owner, ...others]
  const blob = saltBlob(encodeUtf8('what is said to have happened, at length'), new Uint8Array(32).fill(7))
  const cited = owner.published[0]?.note ?? new Uint8Array()
  owner.append(
    makeStatement(stranger, 20, { ...claim, use: ids.use, evidence: [cidOf(blob)] }),
    makeStatement(stranger, 20, { ...claim, use: ids.use, seen: sha256(cited) }),
  )
  for (const node of nodes) fill(node, story)
  for (const node of nodes)
    node.publishIndexed(
      STORY_START + 900,
      nodes.filter((other) => other !== node),
    )
  const [whole] = others
  const question = { use: ids.use }
  const request = { question, form: 'parts' } as const
  const gathered = collect(
    request,
    nodes.map((node) => node.evidenceLog()),
    sha256,
  )
  const logs = gathered.logs.map((log) =>
    log.origin === whole?.origin ? whole.replaySource() : withElements(log, nodes),
  )
  return { story, bundle: prepareBundle({ question, logs, citedNotes: [cited], blobs: [blob] }, sha256) }
}

/** Claims about the use, which change nothing, between many statements about something else. */
function fill(node: TestNode, { ids, buyer, stranger }: Story): void {
  const every = Math.floor(ENTRIES_PER_LOG / CLAIMS_PER_LOG)
  for (let i = node.entries.length; i < ENTRIES_PER_LOG; i++) {
    const use = i % every === 0 ? ids.use : cidOf(encodeUtf8(`something else ${i}`))
    const allegation = `number-${i}-in-${node.name}`
    node.append(makeStatement(stranger, 20, { respondent: buyer.id, use, allegation }))
  }
}

/** With what shows how many statements the longest list had when the log was half as large. */
function withElements(log: LogSource, nodes: readonly TestNode[]): LogSource {
  const node = nodes.find(({ origin }) => origin === log.origin)
  if (log.mode !== 'paths' || log.index === undefined || node === undefined) return log
  const evidence = decodeIndexEvidence(log.index)
  const size = node.published.at(-1)?.size ?? 0
  const half = size >> 1
  const [longest] = evidence.lists.toSorted((a, b) => b.items.length - a.items.length)
  return {
    ...log,
    index: encodeIndexEvidence({
      ...evidence,
      elements: longest === undefined ? [] : elementsAround(half, longest),
      older: {
        size: half,
        root: treeRoot(node.leafHashes(half)),
        consistency: proveConsistency(log.reader, half, size, sha256),
      },
    }),
  }
}

function elementsAround(size: number, { key, relation, items }: EvidenceList): EvidenceElement[] {
  const reader = createLeafHashReader(items.map((item) => itemHash(item, sha256)))
  const after = items.findIndex(({ index }) => index >= size)
  return items.slice(after - 1, after + 1).map((item, i) => {
    const position = after - 1 + i
    return { ...item, key, relation, position, path: proveInclusion(reader, position, items.length, sha256) }
  })
}
