/**
 * The manifest of a dataset that is a folder: every file by path, size and SHA-256, and one root over them, which is what
 * a dataset version names (docs/formats.md, "Manifest").
 *
 *     leaf = deterministic CBOR [path, size, sha256]
 *     root = RFC 9162 tree hash over the leaves, files in the order of their paths' UTF-8 bytes
 *
 * As text: one JSON value a line, first the header, then `["path",size,"sha256 hex"]` for each file.
 */
import { encodeCbor } from '../encoding/cbor.ts'
import { compareBytes, toHex } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { type Sha256, leafHash } from '../merkle/hash.ts'
import { EMPTY_FRONTIER, type Frontier, appendLeaf, frontierRoot } from '../merkle/tree.ts'

const MANIFEST_SCHEMA = 'tallystick/manifest/1'

export interface ManifestFile {
  /** Below the folder, with forward slashes, as the file system spells it. */
  readonly path: string
  readonly bytes: number
  /** 32 bytes. */
  readonly sha256: Uint8Array
}

export interface ManifestSummary {
  readonly files: number
  readonly bytes: number
  /** Hex. */
  readonly root: string
}

/** Takes files in their order, keeps a few hashes. */
export class ManifestTree {
  #frontier: Frontier = EMPTY_FRONTIER
  #files = 0
  #bytes = 0
  #last: Uint8Array | undefined
  readonly #sha256: Sha256 | undefined

  constructor(sha256?: Sha256) {
    this.#sha256 = sha256
  }

  /** @throws LedgerError MANIFEST_MALFORMED unless it comes after the one before */
  add({ path, bytes, sha256 }: ManifestFile): void {
    const name = encodeUtf8(path)
    if (this.#last !== undefined && compareBytes(this.#last, name) >= 0)
      throw new LedgerError('MANIFEST_MALFORMED', `the files are not in the order of their paths at "${path}"`)
    this.#last = name
    const leaf = leafHash(encodeCbor([path, bytes, sha256]), this.#sha256)
    this.#frontier = appendLeaf(this.#frontier, leaf, this.#sha256)
    this.#files++
    this.#bytes += bytes
  }

  get files(): number {
    return this.#files
  }

  get bytes(): number {
    return this.#bytes
  }

  summary(): ManifestSummary {
    return {
      files: this.#files,
      bytes: this.#bytes,
      root: toHex(frontierRoot(this.#frontier, this.#sha256)),
    }
  }
}

export function formatHeader({ files, bytes, root }: ManifestSummary): string {
  return `${JSON.stringify({ schema: MANIFEST_SCHEMA, files, bytes, root })}\n`
}

export function formatFile({ path, bytes, sha256 }: ManifestFile): string {
  return `${JSON.stringify([path, bytes, toHex(sha256)])}\n`
}
