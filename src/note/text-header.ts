/**
 * Lines of ASCII, an empty line, then a note: the shape that add-checkpoint bodies and proof files share.
 */

/**
 * The lines before the first empty line, and all bytes after it; undefined when there is no empty line within
 * `maxHeaderBytes`, or the lines are not printable ASCII.
 */
export function splitAtEmptyLine(
  bytes: Uint8Array,
  maxHeaderBytes: number,
): { lines: string[]; rest: Uint8Array } | undefined {
  let line = ''
  const lines: string[] = []
  for (let i = 0; i < Math.min(bytes.length, maxHeaderBytes); i++) {
    const byte = bytes[i] as number
    if (byte === 0x0a) {
      if (line === '') return { lines, rest: bytes.subarray(i + 1) }
      lines.push(line)
      line = ''
    } else {
      if (byte < 0x20 || byte > 0x7e) return undefined
      line += String.fromCharCode(byte)
    }
  }
  return undefined
}
