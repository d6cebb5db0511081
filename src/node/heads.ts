/**
 * What changed here since when: a counter over all logs, so that a peer asks with one number and the answer costs as much
 * as what changed. The counter lives as long as the process; its epoch is the instance.
 */
export class HeadSequence {
  private sequence = 0
  /** Origins by their last change, oldest first. */
  private readonly changed = new Map<string, number>()

  get current(): number {
    return this.sequence
  }

  bump(origin: string): void {
    this.changed.delete(origin)
    this.changed.set(origin, ++this.sequence)
  }

  /** Origins changed after `since`, oldest first, each with the number of its change. */
  *since(since: number): Iterable<{ origin: string; sequence: number }> {
    for (const [origin, sequence] of this.changed) if (sequence > since) yield { origin, sequence }
  }
}
