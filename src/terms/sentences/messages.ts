/**
 * Sentences by key and language. Codes are never translated; a key that a language does not have is said in English.
 */
import { FluentBundle, FluentResource } from '@fluent/bundle'
import { EN } from './en.ts'
import { FR } from './fr.ts'
import { REPORT_EN } from './report-en.ts'
import { REPORT_FR } from './report-fr.ts'

/** Languages with messages, BCP 47; the first is complete. */
export const LANGUAGES = ['en', 'fr'] as const
export type Language = (typeof LANGUAGES)[number]

const TEXTS: Readonly<Record<Language, string>> = { en: EN + REPORT_EN, fr: FR + REPORT_FR }

const bundles = new Map<Language, FluentBundle>()

function bundleOf(language: Language): FluentBundle {
  let bundle = bundles.get(language)
  if (bundle === undefined) {
    // No isolation marks: a sentence is the same bytes wherever it is printed.
    bundle = new FluentBundle(language, { useIsolating: false })
    bundle.addResource(new FluentResource(TEXTS[language]))
    bundles.set(language, bundle)
  }
  return bundle
}

/** @param values as texts: numbers would be written in the way of the language, and differ between runtimes */
export function sentence(
  key: string,
  values: Readonly<Record<string, string>> = {},
  language: Language = 'en',
): string {
  for (const each of [language, 'en'] as const) {
    const bundle = bundleOf(each)
    const pattern = bundle.getMessage(key)?.value
    if (pattern === undefined || pattern === null) continue
    // Errors are collected, not thrown: what has no value stays visible in braces.
    return bundle.formatPattern(pattern, { ...values }, [])
  }
  return key
}

/** Keys of all messages of a language. */
export function messageKeys(language: Language): readonly string[] {
  return [...TEXTS[language].matchAll(/^([A-Za-z][A-Za-z0-9_-]*) =/gm)].map((match) => match[1] ?? '')
}
