/**
 * The evidence bundle as a file: encoding, and decoding with every block checked against its CID. bundle-model.ts draws
 * the form. Decoding proves nothing but that; verify.ts judges what the blocks say.
 */
import { compareBytes, equalBytes, toHex } from '../encoding/bytes.ts'
import type { CarBlock } from '../encoding/car.ts'
import { decodeCar, encodeCar } from '../encoding/car.ts'
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts'
import type { CidText } from '../encoding/cid.ts'
import { cidFromDigest } from '../encoding/cid.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import type { Sha256 } from '../merkle/hash.ts'
import type { Block, Bundle, BundleLog, BundleStatement } from './bundle-model.ts'
import { readRoot, rootOf } from './bundle-root.ts'
import { unexpected } from './closed-map.ts'

export interface DecodedBundle extends Bundle {
  /** Blocks whose bytes are not what their CID says. */
  readonly mismatched: readonly CidText[]
  /** Blocks that the root names and the file lacks. */
  readonly missing: readonly CidText[]
}

const ROOT_LIMITS = { maxBytes: 1 << 25, maxItems: 1 << 18, maxDepth: 8 }

export function encodeBundle(bundle: Bundle, sha256: Sha256): Uint8Array {
  const sorted = sortBundle(bundle)
  const root = encodeCbor(rootOf(sorted))
  const blocks: CarBlock[] = [{ digest: sha256(root), data: root }]
  const seen = new Set<string>()
  for (const { digest, data } of namedBlocks(sorted)) {
    if (data === undefined) throw new RangeError(`block ${cidFromDigest(digest)} has no data`)
    const key = toHex(digest)
    if (!seen.has(key)) blocks.push({ digest, data })
    seen.add(key)
  }
  return encodeCar(blocks)
}

/**
 * @throws LedgerError BUNDLE_MALFORMED when the bytes are no bundle, BUNDLE_LIMIT when it is beyond what is read, and
 * BUNDLE_VERSION when a newer program wrote it
 */
export function decodeBundle(bytes: Uint8Array, sha256: Sha256): DecodedBundle {
  const mismatched: Uint8Array[] = []
  const [root, ...blocks] = orMalformed(() =>
    decodeCar(bytes, { sha256, onMismatch: (digest) => mismatched.push(digest) }),
  )
  const value = orMalformed(() => decodeCbor(root?.data ?? new Uint8Array(), ROOT_LIMITS))
  const resolver = new BlockResolver(blocks, mismatched)
  const bundle = readRoot(value, (digest) => resolver.resolve(digest))
  resolver.assertNoneLeft()
  assertSorted(bundle)
  return { ...bundle, mismatched: mismatched.map(cidFromDigest), missing: resolver.missing.map(cidFromDigest) }
}

function orMalformed<T>(decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    if (!isLedgerError(cause)) throw cause
    const code = cause.code === 'CBOR_LIMIT' ? 'BUNDLE_LIMIT' : 'BUNDLE_MALFORMED'
    throw new LedgerError(code, `not an evidence bundle: ${cause.message}`, { cause, hint: FETCH_AGAIN })
  }
}

/** Hands out the blocks of the file in the order in which the root names them. */
class BlockResolver {
  readonly missing: Uint8Array[] = []
  private next = 0
  private positions: Map<string, number> | undefined
  private readonly blocks: readonly CarBlock[]
  private readonly mismatched: ReadonlySet<string>

  constructor(blocks: readonly CarBlock[], mismatched: readonly Uint8Array[]) {
    this.blocks = blocks
    this.mismatched = new Set(mismatched.map(toHex))
  }

  resolve(digest: Uint8Array): Block {
    const candidate = this.blocks[this.next]
    if (candidate !== undefined && equalBytes(candidate.digest, digest)) {
      this.next++
      return candidate
    }
    // Named before, out of order, or not there: rare, so the index is made when it is first needed.
    this.positions ??= new Map(this.blocks.map((block, position) => [toHex(block.digest), position]))
    const position = this.positions.get(toHex(digest))
    if (position === undefined) {
      if (!this.mismatched.has(toHex(digest))) this.missing.push(digest)
      return { digest, data: undefined }
    }
    if (position > this.next)
      throw malformed(`block ${cidFromDigest(digest)} is out of the order in which the root names it`)
    return this.blocks[position] ?? { digest, data: undefined }
  }

  assertNoneLeft(): void {
    const left = this.blocks[this.next]
    if (left !== undefined) throw malformed(`the root does not name block ${cidFromDigest(left.digest)}`)
  }
}

function* namedBlocks(bundle: Bundle): Iterable<Block> {
  for (const log of bundle.logs) {
    yield log.genesis
    for (const { note } of log.notes) yield note
    for (const { proof } of log.forks) yield proof
    yield* log.entries ?? []
  }
  for (const { entry } of bundle.statements) yield entry
  yield* bundle.absences
  yield* bundle.cited
  yield* bundle.blobs
}

function compareLogs(a: BundleLog, b: BundleLog): number {
  return compareText(a.origin, b.origin)
}

function compareStatements(a: BundleStatement, b: BundleStatement): number {
  return compareText(a.origin, b.origin) || a.index - b.index
}

function compareBlocks(a: Block, b: Block): number {
  return compareBytes(a.digest, b.digest)
}

/** By UTF-16 code units, never by locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function sortBundle(bundle: Bundle): Bundle {
  return {
    ...bundle,
    logs: bundle.logs.toSorted(compareLogs),
    statements: bundle.statements.toSorted(compareStatements),
    absences: bundle.absences.toSorted(compareBlocks),
    cited: bundle.cited.toSorted(compareBlocks),
    blobs: bundle.blobs.toSorted(compareBlocks),
  }
}

function assertSorted(bundle: Bundle): void {
  assertAscending(bundle.logs, compareLogs, 'logs')
  assertAscending(bundle.statements, compareStatements, 'statements')
  assertPartial(bundle)
  assertAscending(bundle.absences, compareBlocks, 'absences')
  assertAscending(bundle.cited, compareBlocks, 'cited')
  assertAscending(bundle.blobs, compareBlocks, 'blobs')
}

/** Single statements belong to logs of the bundle that are not replayed. */
function assertPartial(bundle: Bundle): void {
  const partial = new Set(bundle.logs.filter(({ entries }) => entries === undefined).map(({ origin }) => origin))
  for (const [index, { origin }] of bundle.statements.entries()) {
    if (!partial.has(origin)) throw unexpected(`statements[${index}]`, 'a log of this bundle without entries')
  }
}

function assertAscending<T>(items: readonly T[], compare: (a: T, b: T) => number, path: string): void {
  for (const [index, item] of items.entries()) {
    const previous = items[index - 1]
    if (previous !== undefined && compare(previous, item) >= 0)
      throw unexpected(`${path}[${index}]`, 'ascending order, none twice')
  }
}

const FETCH_AGAIN = 'it may be damaged or cut short: fetch it again, or ask its maker for a new one'

function malformed(what: string): LedgerError {
  return new LedgerError('BUNDLE_MALFORMED', `not an evidence bundle: ${what}`, { hint: FETCH_AGAIN })
}
