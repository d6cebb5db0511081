/**
 * Text of strangers, made safe to print: a name or title out of a statement may carry terminal escapes, line breaks or
 * direction marks that would let it rewrite the line it is shown in (Unicode Technical Report 36, section 2.5).
 *
 * Removed: C0 and C1 controls and DEL, line and paragraph separators, bidirectional marks, embeddings, overrides and
 * isolates, the zero-width space, the byte order mark, tag characters and interlinear
 * annotations. Everything visible stays, in any script.
 */
export function plainText(text: string): string {
  let out = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (!isHidden(code)) out += character
  }
  return out
}

/** Inclusive ranges of code points that draw nothing and steer what is drawn around them. */
const HIDDEN: readonly (readonly [first: number, last: number])[] = [
  [0x0000, 0x001f],
  [0x007f, 0x009f],
  [0x00ad, 0x00ad],
  [0x061c, 0x061c],
  [0x180e, 0x180e],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe007f],
]

function isHidden(code: number): boolean {
  return HIDDEN.some(([first, last]) => code >= first && code <= last)
}
