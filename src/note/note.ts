/**
 * Signed notes: text and the lines of those who signed it (C2SP signed-note, "Format").
 *
 *     log.example/ledger/1
 *     3
 *     Y4HCQ/K0y9VTyRH3d5yHqzyBo3aythIVIw1rAwUAitU=
 *
 *     — log.example/ledger/1 +O0+qWgF2bXQ/ndgGPCObKAPFPJADVGFxp7CUg8lAcNj6D24aAk7wzq6TsFXcDIPK43NoCiMP7Et9vY8EQ3qxYSayw4=
 *
 * Only the form is decided here; whose lines count, and whether they verify, is for checkpoint.ts and cosignature.ts.
 */
import { concatBytes, fromBase64, readU32, toBase64, u32 } from '../encoding/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { hasControlCharacter, isKeyName } from './key-name.ts'

/** Room for 32 ML-DSA-44 lines of 3.3 kB beside a checkpoint; the specification asks for 16 signatures. */
export const MAX_NOTE_BYTES: number = 128 * 1024
export const MAX_NOTE_SIGNATURES = 256

export interface NoteSignature {
  readonly name: string
  /** Unsigned 32-bit; with the name it says which key, it does not authenticate it. */
  readonly keyId: number
  /** What the key's type defines, without the key id; at least one byte. */
  readonly signature: Uint8Array
}

export interface Note {
  /** What is signed, always ending in a newline. */
  readonly text: string
  /** In the order of the lines. */
  readonly signatures: readonly NoteSignature[]
}

/** @throws LedgerError NOTE_MALFORMED unless the bytes are exactly what {@link formatNote} prints for some note */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > MAX_NOTE_BYTES) throw malformed(`${bytes.length} bytes; at most ${MAX_NOTE_BYTES} are read`)
  const whole = decodeText(bytes)
  // The text may hold empty lines of its own: the last one separates.
  const separator = whole.lastIndexOf('\n\n')
  if (separator < 0) throw malformed('no empty line before the signatures')
  return { text: whole.slice(0, separator + 1), signatures: parseLines(whole.slice(separator + 2)) }
}

/** A RangeError means the note is none: text without a last newline, no signature, a name that is no key name. */
export function formatNote(note: Note): Uint8Array {
  if (!note.text.endsWith('\n') || hasControlCharacter(note.text, '\n')) throw new RangeError('not the text of a note')
  return concatBytes(encodeUtf8(`${note.text}\n`), formatSignatureLines(note.signatures))
}

/**
 * Signature lines alone, as a witness answers (C2SP tlog-witness, "add-checkpoint").
 *
 * @throws LedgerError NOTE_MALFORMED unless the bytes are exactly what {@link formatSignatureLines} prints
 */
export function parseSignatureLines(bytes: Uint8Array): NoteSignature[] {
  if (bytes.length > MAX_NOTE_BYTES) throw malformed(`${bytes.length} bytes; at most ${MAX_NOTE_BYTES} are read`)
  return parseLines(decodeText(bytes))
}

export function formatSignatureLines(signatures: readonly NoteSignature[]): Uint8Array {
  if (signatures.length === 0) throw new RangeError('a note has at least one signature')
  return encodeUtf8(signatures.map(formatLine).join(''))
}

/** @throws LedgerError NOTE_MALFORMED unless the bytes are one signature line with its newline */
export function parseSignatureLine(bytes: Uint8Array): NoteSignature {
  const [line, ...more] = parseSignatureLines(bytes)
  if (line === undefined || more.length > 0) throw malformed(`${more.length + 1} signature lines for one`)
  return line
}

export function formatSignatureLine(signature: NoteSignature): Uint8Array {
  return formatSignatureLines([signature])
}

/** The note with more lines; a line of the same name and key id takes the place of the one before. */
export function withSignatures(note: Note, added: readonly NoteSignature[]): Note {
  const isReplaced = (old: NoteSignature): boolean => added.some((line) => isSameKey(line, old))
  return { text: note.text, signatures: [...note.signatures.filter((old) => !isReplaced(old)), ...added] }
}

/**
 * The one line of a key, not yet verified; undefined when there is none.
 *
 * @throws LedgerError NOTE_MALFORMED when the key has two lines: which of them counts would be the reader's choice
 */
export function findSignature(note: Note, key: { name: string; keyId: number }): NoteSignature | undefined {
  const [line, second] = note.signatures.filter((signature) => isSameKey(signature, key))
  if (second !== undefined) throw malformed(`two signature lines of the key ${key.name}`)
  return line
}

function isSameKey(a: { name: string; keyId: number }, b: { name: string; keyId: number }): boolean {
  return a.name === b.name && a.keyId === b.keyId
}

function decodeText(bytes: Uint8Array): string {
  let text: string
  try {
    text = decodeUtf8(bytes)
  } catch (cause) {
    throw new LedgerError('NOTE_MALFORMED', 'a signed note is UTF-8', { cause })
  }
  if (hasControlCharacter(text, '\n')) throw malformed('a control character')
  return text
}

function parseLines(text: string): NoteSignature[] {
  if (!text.endsWith('\n')) throw malformed('no newline at the end')
  const lines = text.slice(0, -1).split('\n')
  if (lines.length > MAX_NOTE_SIGNATURES) throw malformed(`${lines.length} signatures; at most ${MAX_NOTE_SIGNATURES}`)
  return lines.map(parseLine)
}

function parseLine(line: string): NoteSignature {
  const [dash, name, encoded, ...more] = line.split(' ')
  if (dash !== '\u2014' || name === undefined || encoded === undefined || more.length > 0 || !isKeyName(name)) {
    throw malformed('a line after the text that is no signature')
  }
  let bytes: Uint8Array
  try {
    bytes = fromBase64(encoded)
  } catch (cause) {
    throw new LedgerError('NOTE_MALFORMED', `signature line of ${name} is not in base64`, { cause })
  }
  if (bytes.length < 5) throw malformed(`a signature of ${bytes.length} bytes by ${name}`)
  return { name, keyId: readU32(bytes), signature: bytes.slice(4) }
}

function formatLine(line: NoteSignature): string {
  if (!isKeyName(line.name) || line.signature.length === 0) throw new RangeError('not the signature of a note')
  return `\u2014 ${line.name} ${toBase64(concatBytes(u32(line.keyId), line.signature))}\n`
}

function malformed(found: string): LedgerError {
  return new LedgerError('NOTE_MALFORMED', `expected a signed note, found ${found}`)
}
