/** What a witness answers to a claim, a reservation and a note; the network layer carries these shapes unchanged. */
export interface ReservationHead {
  size: number
  root: Uint8Array
  /** The reservation holds entries start..size-1. */
  start: number
}

export interface Recollection {
  /** The newest note of the log that this witness has seen signed by the log's key. */
  newestNote?: Uint8Array
  reservation?: ReservationHead
}

export interface ClaimReply extends Recollection {
  granted: boolean
  /** Milliseconds since the holder renewed, when another instance holds the claim. */
  renewedAgoMs?: number
}

export interface ReserveReply extends Recollection {
  stored: boolean
  reason?: 'unclaimed' | 'behind' | 'prefix' | 'mismatch' | 'frozen'
}

export type CosignReply =
  /** indexDiffers: it holds every entry and computed another index root, so no line is that of its mirror. */
  | { outcome: 'cosigned'; lines: readonly Uint8Array[]; indexDiffers?: boolean }
  /** The recorded size is not the one the caller assumed (HTTP 409). */
  | { outcome: 'conflict'; size: number; newestNote?: Uint8Array }
  | {
      outcome: 'refused'
      reason: 'unclaimed' | 'frozen' | 'unknown-log' | 'proof' | 'malformed' | 'signature'
      message: string
    }
