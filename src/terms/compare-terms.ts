/** What changed between two terms, in sentences, and whom it hits. */
import type { Terms } from '../statement/terms.ts'
import { type NameOf, spanOf } from './explain-words.ts'
import { explainTerms } from './explain.ts'

/** What is in one list of sentences and not in the other, by clause. */
export interface TermsChange {
  readonly kind: 'added' | 'removed'
  readonly sentence: string
}

/** What changed, and whom it hits: those with grants under the old terms, or only those who accept from now on. */
export function compareTerms(
  before: Terms,
  after: Terms,
  nameOf: NameOf = (id) => id,
): { readonly changes: readonly TermsChange[]; readonly hits: string } {
  const [old, now] = [explainTerms(before, nameOf), explainTerms(after, nameOf)]
  const changes: TermsChange[] = [
    ...old.filter((sentence) => !now.includes(sentence)).map((sentence) => ({ kind: 'removed' as const, sentence })),
    ...now.filter((sentence) => !old.includes(sentence)).map((sentence) => ({ kind: 'added' as const, sentence })),
  ]
  const { amend } = before
  const hits =
    changes.length === 0
      ? 'Nothing changes for anybody.'
      : amend?.mode === 'owner-may-change'
        ? `The old terms allow changes with ${spanOf(amend.notice)} notice: published as their successor (--prev), what is allowed and forbidden changes for every grant under them, for uses that start after the notice. Price and duties stay as they were accepted.`
        : 'The old terms are fixed for whoever accepted them: only grants given from now on follow the new ones.'
  return { changes, hits }
}
