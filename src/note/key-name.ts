/**
 * Names of keys, which are the names of logs and witnesses too (C2SP signed-note, "Format").
 */
import { encodeUtf8 } from '../encoding/utf8.ts'

const SPACE_OR_PLUS = /[\p{White_Space}+]/u
/** What an ML-DSA-44 cosignature can name: its length is one byte there (C2SP tlog-cosignature). */
const MAX_NAME_BYTES = 255

/** Non-empty, no Unicode space, no plus, no control character, at most 255 bytes of UTF-8. */
export function isKeyName(text: string): boolean {
  if (text.length === 0 || text.length > MAX_NAME_BYTES || !text.isWellFormed()) return false
  return encodeUtf8(text).length <= MAX_NAME_BYTES && !SPACE_OR_PLUS.test(text) && !hasControlCharacter(text)
}

/** Whether text has a character below U+0020 other than those in `allowed`. */
export function hasControlCharacter(text: string, allowed = ''): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) < 0x20 && !allowed.includes(text.charAt(i))) return true
  }
  return false
}
