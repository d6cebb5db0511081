/** The words of a report in one language: names with their ids, times, lists. */
import { type Language, sentence } from '../terms/sentences/messages.ts'
import type { AboutClaim, NamedDataset, NamedParty } from './about.ts'
import { timeText } from './report.ts'

export class ReportWords {
  readonly language: Language

  constructor(language: Language) {
    this.language = language
  }

  /** @param key without the "report-" before it */
  say(key: string, values: Readonly<Record<string, string>> = {}): string {
    return sentence(`report-${key}`, values, this.language)
  }

  /** A name says who somebody claims to be, the end of the id tells two of the same name apart. */
  party({ id, name }: NamedParty): string {
    if (id === undefined) return this.say('party-unknown')
    return name === undefined
      ? this.say('party-unnamed', { id: shortId(id) })
      : this.say('party', { name, id: shortId(id) })
  }

  dataset({ version, title, label }: NamedDataset): string {
    return title === undefined || label === undefined
      ? this.say('dataset-unknown', { id: shortId(version) })
      : this.say('dataset', { title: quoted(title), label: isWord(label) ? label : quoted(label) })
  }

  datasets(datasets: readonly NamedDataset[]): string {
    return datasets.length === 0 ? this.say('no-dataset') : this.list(datasets.map((each) => this.dataset(each)))
  }

  run(run: string): string {
    return isWord(run) ? run : quoted(run)
  }

  /** What a claim says was done, and the word that it says it with. */
  allegation({ allegation: code }: AboutClaim): string {
    const key = `allegation-${code}`
    const words = sentence(key, {}, this.language)
    return words === key ? `[${code}]` : sentence('allegation-text', { words, code }, this.language)
  }

  list(items: readonly string[]): string {
    const last = items.at(-1) ?? ''
    return items.length < 2 ? last : this.say('and', { first: items.slice(0, -1).join(', '), last })
  }

  /** "one" or "many", as the messages tell them apart. */
  form(count: number): string {
    return count === 1 || (count === 0 && this.language === 'fr') ? 'one' : 'many'
  }

  /** `2026-11-29 04:03:12 UTC`. */
  time(seconds: number): string {
    return timeText(seconds).replace(/^(\S+)T(\S+)Z$/u, '$1 $2 UTC')
  }
}

/** The last eight characters of an id, as people compare them. */
export function shortId(id: string): string {
  const end = id.slice(-8).toUpperCase()
  return `${end.slice(0, 4)}-${end.slice(4)}`
}

/** Without marks of its own: a title that closes the quotation could go on as if the report said the rest. */
function quoted(text: string): string {
  return `"${text.replaceAll('"', "'")}"`
}

/** Needs no quotation marks: nothing in it can be taken for words of the report. */
function isWord(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:-]*$/u.test(text)
}
