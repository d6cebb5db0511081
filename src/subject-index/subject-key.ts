/**
 * The key of a subject in the index: 32 bytes that depend on what the subject is and on nothing else, so that everybody
 * computes the same one (docs/formats.md, "subject index").
 */
import { concatBytes, toHex } from '../encoding/bytes.ts'
import { encodeCbor } from '../encoding/cbor.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import type { Subject } from '../statement/references.ts'

const DOMAIN = concatBytes(encodeUtf8('tallystick/subject-index/v1'), Uint8Array.of(0))

/** SHA-256("tallystick/subject-index/v1" || 00 || dCBOR([type, subject])) */
export function subjectKey({ type, subject }: Subject, sha256: Sha256): Hash {
  return sha256(concatBytes(DOMAIN, encodeCbor([type, subject])))
}

/** Keys of the subjects that evaluation asks about: it asks about few, many times over. */
export class SubjectKeys {
  private readonly sha256: Sha256
  private readonly known = new Map<string, Hash>()

  constructor(sha256: Sha256) {
    this.sha256 = sha256
  }

  of(subject: Subject): Hash {
    const name = `${subject.type} ${subject.type === 2 ? toHex(subject.subject) : subject.subject}`
    const known = this.known.get(name)
    if (known !== undefined) return known
    const key = subjectKey(subject, this.sha256)
    this.known.set(name, key)
    return key
  }
}
