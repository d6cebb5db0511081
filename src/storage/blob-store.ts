/**
 * Blobs: longer or person-linked files that statements name by digest, one file each, apart from the logs, because they
 * may be erased and logs never are. Every blob is hashed again before it is handed out.
 */
import { mkdir, readFile, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { cidFromDigest, digestOf, isCid } from '../encoding/cid.ts'
import type { CidText } from '../encoding/cid.ts'
import { equalBytes } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import type { Sha256 } from '../merkle/hash.ts'
import { syncDirectory, writeFileDurably } from './durable-file.ts'
import { isDiskFull } from './store-error.ts'

/** Larger files are datasets, which no node carries. */
export const MAX_BLOB_BYTES: number = 16 << 20

export interface HeldBlob {
  readonly id: CidText
  readonly bytes: number
}

export class BlobStore {
  readonly #folder: string
  readonly #sha256: Sha256

  private constructor(folder: string, sha256: Sha256) {
    this.#folder = folder
    this.#sha256 = sha256
  }

  /** Removes what a killed process left half written: nobody knows its id, so nobody could ever erase it. */
  static async open(folder: string, sha256: Sha256): Promise<BlobStore> {
    const names = (await readdir(folder).catch(absent)) ?? []
    for (const name of names) if (name.endsWith('.tmp')) await unlink(join(folder, name))
    return new BlobStore(folder, sha256)
  }

  /** Durable when it resolves; when it rejects, no part of it is left. @throws LedgerError BLOB_TOO_LARGE, DISK_FULL */
  async put(bytes: Uint8Array): Promise<CidText> {
    if (bytes.length > MAX_BLOB_BYTES)
      throw new LedgerError(
        'BLOB_TOO_LARGE',
        `a blob holds at most ${MAX_BLOB_BYTES} bytes, this one ${bytes.length}`,
        {
          hint: 'a dataset is named by the digest of its archive instead: tally dataset version --archive',
        },
      )
    const id = cidFromDigest(this.#sha256(bytes))
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      await writeFileDurably(join(this.#folder, id), bytes)
    } catch (cause) {
      if (!isDiskFull(cause)) throw cause
      throw new LedgerError('DISK_FULL', 'no space left for the blob', {
        cause,
        hint: 'free some space, then put it again; nothing else is lost',
      })
    }
    return id
  }

  /** @returns undefined when it is not held @throws LedgerError STORE_CORRUPT when its bytes changed on disk */
  async read(id: CidText): Promise<Uint8Array | undefined> {
    const bytes = await readFile(join(this.#folder, id)).catch(absent)
    if (bytes === undefined) return undefined
    if (!equalBytes(this.#sha256(bytes), digestOf(id)))
      throw new LedgerError('STORE_CORRUPT', `the blob ${id} changed on disk`, {
        hint: 'erase it with `tally blob erase --local`, and get it again from whoever else holds it',
      })
    return new Uint8Array(bytes)
  }

  /** Gone from the folder when it resolves, also after a power loss. @returns whether it was held */
  async erase(id: CidText): Promise<boolean> {
    const isGone = await unlink(join(this.#folder, id)).then(() => true, absent)
    if (isGone !== true) return false
    await syncDirectory(this.#folder)
    return true
  }

  /** In the order of ids. */
  async list(): Promise<HeldBlob[]> {
    const names = (await readdir(this.#folder).catch(absent)) ?? []
    const held: HeldBlob[] = []
    for (const name of names.filter(isCid).sort())
      held.push({ id: name, bytes: (await stat(join(this.#folder, name))).size })
    return held
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined
  throw error
}
