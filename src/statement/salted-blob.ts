/**
 * A blob whose name nobody can guess from its text: 32 random bytes stand in front of it, so that its digest says nothing
 * once it is erased (docs/formats.md, "Blobs").
 *
 *     "tallystick/salted-blob/v1" 00 || salt, 32 bytes || file
 */
import { concatBytes, equalBytes } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'

const TAG = encodeUtf8('tallystick/salted-blob/v1\0')
const SALT_BYTES = 32

/** @param salt 32 random bytes, used once */
export function saltBlob(file: Uint8Array, salt: Uint8Array): Uint8Array {
  if (salt.length !== SALT_BYTES) throw new RangeError('a salt has 32 bytes')
  return concatBytes(TAG, salt, file)
}

/** The file inside a blob, salted or plain. */
export function fileOfBlob(blob: Uint8Array): Uint8Array {
  return isSalted(blob) ? blob.subarray(TAG.length + SALT_BYTES) : blob
}

export function isSalted(blob: Uint8Array): boolean {
  return blob.length >= TAG.length + SALT_BYTES && equalBytes(blob.subarray(0, TAG.length), TAG)
}
