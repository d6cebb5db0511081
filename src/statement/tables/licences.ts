/**
 * Under which licences a model (or a derived dataset) may be released when a dataset's licence asks for the same: the
 * licence itself, and those that its own text, or its steward's list of compatible licences, allows. SPDX ids where there
 * are any. Licences without a share-alike condition are not listed: their datasets may ask for any.
 *
 * Sources: creativecommons.org/share-your-work/licensing-considerations/compatible-licenses (BY-SA 4.0 to GPL-3.0, one
 * way), EUPL-1.2 appendix, GPL-3.0 section 13, MPL-2.0 section 3.3.
 */
export const LICENCE_TABLE: Readonly<Record<string, readonly string[]>> = {
  'AGPL-3.0': ['AGPL-3.0'],
  'CC-BY-NC-SA-4.0': ['CC-BY-NC-SA-4.0'],
  'CC-BY-SA-4.0': ['CC-BY-SA-4.0', 'GPL-3.0'],
  'CC-SA-1.0': ['CC-SA-1.0'],
  'EUPL-1.2': ['EUPL-1.2', 'AGPL-3.0', 'CC-BY-SA-4.0', 'GPL-3.0', 'MPL-2.0'],
  'GFDL-1.3': ['GFDL-1.3'],
  'GPL-3.0': ['GPL-3.0', 'AGPL-3.0'],
  LGPLLR: ['LGPLLR'],
  'MPL-2.0': ['MPL-2.0', 'AGPL-3.0', 'GPL-3.0'],
  'NOODL-1.0': ['NOODL-1.0'],
  'ODbL-1.0': ['ODbL-1.0'],
}

/** Licences that satisfy a share-alike condition of this one. */
export function licencesAlike(licence: string): readonly string[] {
  return Object.hasOwn(LICENCE_TABLE, licence) ? (LICENCE_TABLE[licence] ?? [licence]) : [licence]
}
