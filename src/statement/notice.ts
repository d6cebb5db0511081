/**
 * Kinds 24 and 25: a notice, which proves that its addressee could have known; and that a blob was erased, of which only
 * its digest remains.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, code, instant, title } from './common.ts'
import { type Schema, bytes32, cid, list, optional, struct, token } from './schema.ts'
import { DUTY_EVENTS, type DutyEvent } from './vocabulary.ts'

export interface Notice extends Claimed {
  /** Left out: everybody. */
  readonly addressee?: CidText
  readonly subject: string
  /** What it is about: grants, uses, claims. */
  readonly about?: readonly CidText[]
  /** SHA-256 of the model it is about. */
  readonly model?: Uint8Array
  /** Id of the duty in the terms that it discharges, or whose discharge it acknowledges. */
  readonly duty?: string
  /** Something that happened and that a duty may be due after, with the time declared for it, Unix seconds. */
  readonly event?: DutyEvent
  readonly at?: number
  /** Blob with the text. */
  readonly text?: CidText
}

export interface Erasure extends Claimed {
  readonly blob: CidText
  readonly reason: string
  /** Where it was erased, as a word: this node, every node of the organisation. */
  readonly scope?: string
}

export const noticeSchema: Schema<Notice> = struct<Notice>(
  {
    ...claimed,
    addressee: optional(cid),
    subject: title,
    about: optional(list(cid, 1, 64)),
    model: optional(bytes32),
    duty: optional(code),
    event: optional(token(...DUTY_EVENTS)),
    at: optional(instant),
    text: optional(cid),
  },
  ({ event, at }) => ((event === undefined) === (at === undefined) ? undefined : 'event and at together'),
)

export const erasureSchema: Schema<Erasure> = struct<Erasure>({
  ...claimed,
  blob: cid,
  reason: title,
  scope: optional(title),
})
