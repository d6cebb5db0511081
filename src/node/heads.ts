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

  /** Origins changed after `since`, oldest first, and the number to ask with next. */
  since(since: number, most: number): { origins: string[]; next: number } {
    const origins: string[] = []
    let next = since
    for (const [origin, sequence] of this.changed) {
      if (sequence <= since) continue
      if (origins.length >= most) return { origins, next }
      origins.push(origin)
      next = sequence
    }
    return { origins, next: Math.max(next, this.sequence) }
  }
}
