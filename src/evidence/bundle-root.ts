/**
 * The root block of an evidence bundle as CBOR, both ways. Its form is drawn in bundle-model.ts; every map is closed.
 */
import { equalBytes } from '../encoding/bytes.ts'
import type { CborMap, CborValue } from '../encoding/cbor.ts'
import { isCborMap } from '../encoding/cbor.ts'
import type { CidText } from '../encoding/cid.ts'
import { cidFromDigest, parseCid } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import { MAX_GRANTS_ASKED, type Question } from '../terms/view.ts'
import type { Block, Bundle, BundleFork, BundleLog, BundleNote, BundleStatement, PolicyHint } from './bundle-model.ts'
import { asArray, asBytes, asDigest, asHash, asMap, asText, asUint, unexpected } from './closed-map.ts'

const VERSION = 1
const DIGEST_BYTES = 32

/** The root map of a bundle whose parts are in their order. */
export function rootOf(bundle: Bundle): CborValue {
  const hint = bundle.policyHint
  return mapOf({
    v: VERSION,
    question: questionValue(bundle.question),
    policyHint: hint === undefined ? undefined : mapOf({ name: hint.name, sha256: hint.sha256 }),
    logs: bundle.logs.map(logValue),
    statements: bundle.statements.map(({ entry, origin, index, path }) =>
      mapOf({ cid: cid(entry), origin, index, path }),
    ),
    absences: bundle.absences.map(cid),
    cited: bundle.cited.map(cid),
    blobs: bundle.blobs.map(cid),
  })
}

function questionValue(question: Question): CborValue {
  if ('use' in question) return mapOf({ use: question.use })
  if ('grants' in question) return mapOf({ grants: [...question.grants] })
  return 'model' in question ? mapOf({ model: question.model }) : mapOf({ claim: question.claim })
}

function logValue(log: BundleLog): CborValue {
  return mapOf({
    origin: log.origin,
    genesis: cid(log.genesis),
    notes: log.notes.map(({ note, rootSignature, consistency }) =>
      mapOf({ note: cid(note), rootSig: rootSignature, consistency }),
    ),
    forks: log.forks.length === 0 ? undefined : log.forks.map(forkValue),
    entries: log.entries === undefined ? undefined : joinDigests(log.entries),
  })
}

function forkValue({ proof, common }: BundleFork): CborValue {
  return mapOf({
    proof: cid(proof),
    common: common === undefined ? undefined : mapOf({ size: common.size, path: common.path }),
  })
}

function mapOf(fields: Readonly<Record<string, CborValue | undefined>>): CborMap {
  const out = new Map<string, CborValue>()
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) out.set(key, value)
  return out
}

function cid(block: Block): CidText {
  return cidFromDigest(block.digest)
}

function joinDigests(entries: readonly Block[]): Uint8Array {
  const out = new Uint8Array(entries.length * DIGEST_BYTES)
  entries.forEach(({ digest }, index) => out.set(digest, index * DIGEST_BYTES))
  return out
}

/** The block of a 32-byte digest; called once for each time the root names it. */
export type Resolve = (digest: Uint8Array) => Block

const ROOT_KEYS = ['v', 'question', 'policyHint', 'logs', 'statements', 'absences', 'cited', 'blobs']

/**
 * Reads in the order in which the root names its blocks, because `resolve` checks that order.
 *
 * @throws LedgerError BUNDLE_MALFORMED, BUNDLE_VERSION, and what resolve throws
 */
export function readRoot(value: CborValue, resolve: Resolve): Bundle {
  const version = isCborMap(value) ? value.get('v') : undefined
  if (typeof version !== 'number') throw unexpected('v', 'a version')
  if (version !== VERSION) throw newer(`version ${version}`)
  const root = asMap(value, 'root', ROOT_KEYS)
  const block = (item: CborValue, path: string): Block => resolve(asDigest(item, path))
  const hint = root.get('policyHint')
  return {
    question: readQuestion(root.get('question')),
    ...(hint === undefined ? {} : { policyHint: readHint(hint) }),
    logs: asArray(root.get('logs'), 'logs', (item, path) => readLog(item, path, resolve)),
    statements: asArray(root.get('statements'), 'statements', (item, path) => readStatement(item, path, resolve)),
    absences: asArray(root.get('absences'), 'absences', block),
    cited: asArray(root.get('cited'), 'cited', block),
    blobs: asArray(root.get('blobs'), 'blobs', block),
  }
}

function readQuestion(value: CborValue | undefined): Question {
  const question = asMap(value, 'question', ['use', 'model', 'claim', 'grants'])
  if (question.size !== 1) throw unexpected('question', 'one of use, model, claim, grants')
  if (question.has('model')) return { model: asHash(question.get('model'), 'question.model') }
  if (question.has('use')) return { use: readCid(question.get('use'), 'question.use') }
  if (question.has('claim')) return { claim: readCid(question.get('claim'), 'question.claim') }
  const grants = asArray(question.get('grants'), 'question.grants', readCid)
  if (grants.length === 0 || grants.length > MAX_GRANTS_ASKED)
    throw unexpected('question.grants', `1 to ${MAX_GRANTS_ASKED} grants`)
  return { grants }
}

function readCid(value: CborValue | undefined, path: string): CidText {
  asDigest(value, path)
  return parseCid(asText(value, path))
}

function readHint(value: CborValue): PolicyHint {
  const hint = asMap(value, 'policyHint', ['name', 'sha256'])
  return { name: asText(hint.get('name'), 'policyHint.name'), sha256: asHash(hint.get('sha256'), 'policyHint.sha256') }
}

function readLog(value: CborValue, path: string, resolve: Resolve): BundleLog {
  const log = asMap(value, path, ['origin', 'genesis', 'notes', 'forks', 'entries'])
  const origin = asText(log.get('origin'), `${path}.origin`)
  const genesis = resolve(asDigest(log.get('genesis'), `${path}.genesis`))
  const notes = asArray(log.get('notes'), `${path}.notes`, (item, at) => readNote(item, at, resolve))
  if (notes.length === 0) throw unexpected(`${path}.notes`, 'one or more notes')
  const forks = asArray(log.get('forks') ?? [], `${path}.forks`, (item, at) => readFork(item, at, resolve))
  if (log.has('forks') && forks.length === 0) throw unexpected(`${path}.forks`, 'one or more forks, or nothing')
  if (!log.has('entries')) return { origin, genesis, notes, forks }
  if (notes.some(({ consistency }) => consistency.length > 0)) {
    throw unexpected(`${path}.notes`, 'empty consistency proofs beside the entries themselves')
  }
  return {
    origin,
    genesis,
    notes,
    forks,
    entries: readEntries(log.get('entries'), `${path}.entries`, genesis, resolve),
  }
}

function readNote(value: CborValue, path: string, resolve: Resolve): BundleNote {
  const note = asMap(value, path, ['note', 'rootSig', 'consistency'])
  const block = resolve(asDigest(note.get('note'), `${path}.note`))
  const consistency = asArray(note.get('consistency'), `${path}.consistency`, asHash)
  if (!note.has('rootSig')) return { note: block, consistency }
  return { note: block, rootSignature: asBytes(note.get('rootSig'), `${path}.rootSig`), consistency }
}

function readFork(value: CborValue, path: string, resolve: Resolve): BundleFork {
  const fork = asMap(value, path, ['proof', 'common'])
  const proof = resolve(asDigest(fork.get('proof'), `${path}.proof`))
  if (!fork.has('common')) return { proof }
  const common = asMap(fork.get('common'), `${path}.common`, ['size', 'path'])
  const size = asUint(common.get('size'), `${path}.common.size`)
  return { proof, common: { size, path: asArray(common.get('path'), `${path}.common.path`, asHash) } }
}

function readEntries(value: CborValue | undefined, path: string, genesis: Block, resolve: Resolve): Block[] {
  const digests = asBytes(value, path)
  if (digests.length % DIGEST_BYTES !== 0) throw unexpected(path, 'whole digests of 32 bytes')
  const entries: Block[] = []
  for (let offset = 0; offset < digests.length; offset += DIGEST_BYTES) {
    const digest = digests.subarray(offset, offset + DIGEST_BYTES)
    // Entry 0 was named before: the one block that resolve would have to look for among all.
    entries.push(offset === 0 && equalBytes(digest, genesis.digest) ? genesis : resolve(digest))
  }
  return entries
}

function readStatement(value: CborValue, path: string, resolve: Resolve): BundleStatement {
  const statement = asMap(value, path, ['cid', 'origin', 'index', 'path'])
  return {
    entry: resolve(asDigest(statement.get('cid'), `${path}.cid`)),
    origin: asText(statement.get('origin'), `${path}.origin`),
    index: asUint(statement.get('index'), `${path}.index`),
    path: asArray(statement.get('path'), `${path}.path`, asHash),
  }
}

function newer(what: string): LedgerError {
  return new LedgerError('BUNDLE_VERSION', `the bundle has ${what}, which this program does not know`, {
    hint: 'verify it with a newer program',
  })
}
