/** Something to be said in the reader's language: the report keeps what to say, and the text decides how. */
import { type Language, sentence } from '../terms/sentences/messages.ts'

export interface Phrase {
  /** Of a message in terms/sentences. */
  readonly key: string
  readonly values: Readonly<Record<string, string>>
}

export function phrase(key: string, values: Readonly<Record<string, string>> = {}): Phrase {
  return { key, values }
}

export function say({ key, values }: Phrase, language: Language): string {
  return sentence(key, values, language)
}
