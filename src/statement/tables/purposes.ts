/**
 * Which purpose is narrower than which: the closed table of the profile. Nothing is taken from the transitive closure of a
 * foreign vocabulary: in DPV public benefit includes counterterrorism.
 */
import { PURPOSES, type Purpose } from '../vocabulary.ts'

/** A purpose that is not here lies under none. */
export const PURPOSE_PARENTS: Readonly<Partial<Record<Purpose, readonly Purpose[]>>> = {
  'academic-research': ['research'],
  'scientific-research': ['research'],
  'commercial-research': ['research', 'commercial'],
  'noncommercial-research': ['research', 'noncommercial'],
}

/** A line for each purpose, with what it lies under: a change of either is another table. */
export const PURPOSE_TABLE: string = PURPOSES.map(
  (purpose) => `${[purpose, ...(PURPOSE_PARENTS[purpose] ?? [])].join(' ')}\n`,
).join('')
