/**
 * The key of a subject in the index: 32 bytes that depend on what the subject is and on nothing else, so that everybody
 * computes the same one (docs/formats.md, "subject index").
 */
import { concatBytes, toHex } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import type { Subject } from '../statement/references.ts'

const DOMAIN = concatBytes(encodeUtf8('tallystick/subject-index/v1'), Uint8Array.of(0))

/**
 * SHA-256("tallystick/subject-index/v1" || 00 || dCBOR([type, subject])). The CBOR is put together by hand, because it is
 * made for every reference of every statement; tests compare it with the encoder.
 */
export function subjectKey({ type, subject }: Subject, sha256: Sha256): Hash {
  const bytes = type === 2 ? subject : encodeUtf8(subject)
  const start = DOMAIN.length + 4
  const input = INPUT.subarray(0, start + bytes.length)
  input.set([0x82, type, type === 2 ? 0x58 : 0x78, bytes.length], DOMAIN.length)
  input.set(bytes, start)
  return sha256(input)
}

/** Written anew behind the domain for every key, and read before the next; a subject has 59 bytes at most. */
const INPUT = concatBytes(DOMAIN, new Uint8Array(4 + 255))

/**
 * Keys of the subjects of many statements or questions: a log names the same issuers, datasets and grants again and again.
 * Those asked for longest ago are forgotten.
 */
export class SubjectKeys {
  private readonly sha256: Sha256
  private recent = new Map<string, Hash>()
  private older = new Map<string, Hash>()

  constructor(sha256: Sha256) {
    this.sha256 = sha256
  }

  of(subject: Subject): Hash {
    const name =
      subject.type === 2 ? toHex(subject.subject) : subject.type === 3 ? `by ${subject.subject}` : subject.subject
    const recent = this.recent.get(name)
    if (recent !== undefined) return recent
    const key = this.older.get(name) ?? subjectKey(subject, this.sha256)
    if (this.recent.size >= MAX_RECENT) {
      this.older = this.recent
      this.recent = new Map()
    }
    this.recent.set(name, key)
    return key
  }
}

/** Twice as many keys are remembered at most, some 2 MB. */
const MAX_RECENT = 4096
