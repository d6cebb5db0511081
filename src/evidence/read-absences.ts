/**
 * The index evidence of a bundle, by the log it is about. Only its form is read here; verify-log.ts proves it.
 */
import { cidFromDigest } from '../encoding/cid.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import { decodeIndexEvidence, type IndexEvidence } from '../subject-index/evidence.ts'
import type { Bundle } from './bundle-model.ts'
import type { StepRecorder } from './steps.ts'

/** @returns by origin; whatever is wrong is recorded as a failed step */
export function readAbsences(bundle: Bundle, recorder: StepRecorder): ReadonlyMap<string, IndexEvidence> {
  const found = new Map<string, IndexEvidence>()
  for (const { digest, data } of bundle.absences) {
    const id = cidFromDigest(digest)
    try {
      // A block that is missing or damaged is a failed step of the container already.
      if (data === undefined) continue
      const evidence = decodeIndexEvidence(data)
      const origin = originOf(evidence)
      const isPartial = bundle.logs.some((log) => log.origin === origin && log.entries === undefined)
      if (!isPartial || found.has(origin))
        throw new LedgerError('BUNDLE_MALFORMED', `index evidence belongs to a log without entries, one for each`)
      found.set(origin, evidence)
    } catch (error) {
      recorder.threw('index', id, error)
    }
  }
  return found
}

function originOf({ note }: IndexEvidence): string {
  return parseCheckpoint(parseNote(note).text).origin
}

/** Which log index evidence says it is about; undefined where it is none. */
export function originOfIndex(data: Uint8Array): string | undefined {
  try {
    return originOf(decodeIndexEvidence(data))
  } catch (error) {
    if (!isLedgerError(error)) throw error
    return undefined
  }
}
