/**
 * Pages of the subject index that were used last, checked and with the hashes of their records. Bounded by the number of
 * pages, and pages are bounded in size.
 */
import type { IndexPage } from './index-page.ts'

/** Some 1 kB each: 64 MB for a log that names new subjects all the time, a third of the pages of 10^6 subjects. */
const MAX_PAGES = 65536

export class PageCache {
  private readonly pages = new Map<number, IndexPage>()

  get(id: number): IndexPage | undefined {
    return this.pages.get(id)
  }

  set(id: number, page: IndexPage | undefined): void {
    // Re-inserting moves it to the end of the Map's order, which makes the first the longest unused.
    this.pages.delete(id)
    if (page === undefined) return
    if (this.pages.size >= MAX_PAGES) {
      const oldest = this.pages.keys().next()
      if (!oldest.done) this.pages.delete(oldest.value)
    }
    this.pages.set(id, page)
  }
}
