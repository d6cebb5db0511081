/**
 * `tally terms explain|diff|try`: what terms mean, what changed, and what they say to a use, before anybody signs them.
 */
import { type Difference, compareTerms } from '../terms/explain/compare-terms.ts'
import { type SetOf, listed } from '../terms/explain/words.ts'
import { explainTerms, owedSentences } from '../terms/explain/explain.ts'
import { type SupposedUse, tryTerms } from '../terms/try.ts'
import type { Reason } from '../terms/verdict.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import type { JsonObject } from './output.ts'
import { readTerms } from './terms-file.ts'
import { parseFacts } from './try-facts.ts'

export async function explain(context: Context, reference: string): Promise<void> {
  const { terms, nameOf, setOf } = await readTerms(context, reference)
  const sentences = explainTerms(terms, nameOf, setOf)
  context.output.result('terms-explain', { sentences }, sentences.map((sentence) => `- ${sentence}`).join('\n'))
}

export async function diff(context: Context, before: string, after: string): Promise<void> {
  const old = await readTerms(context, before)
  const now = await readTerms(context, after)
  const nameOf = (id: string): string => (now.nameOf(id) === id ? old.nameOf(id) : now.nameOf(id))
  const setOf: SetOf = (id) => now.setOf(id) ?? old.setOf(id)
  const { changes, differences, hits } = compareTerms(old.terms, now.terms, nameOf, setOf)
  const lines = differences.flatMap(differenceLines)
  context.output.result(
    'terms-diff',
    {
      changes: changes.map(({ kind, sentence, clause }) => ({ kind, sentence, clause })),
      differences: differences.map(differenceJson),
      hits,
    },
    [...lines, ...(lines.length > 0 ? [''] : []), hits].join('\n'),
  )
}

function differenceLines({ before, after, value, weight }: Difference): readonly string[] {
  const note = weight === undefined ? '' : ` (${weight})`
  if (value !== undefined) return [`${value}${note}`]
  const lines = [...before.map((each) => `no longer: ${each}`), ...after.map((each) => `now: ${each}`)]
  return lines.map((line, i) => (i === lines.length - 1 ? `${line}${note}` : line))
}

function differenceJson({ before, after, value, weight }: Difference): JsonObject {
  return {
    before: [...before],
    after: [...after],
    ...(value === undefined ? {} : { value }),
    ...(weight === undefined ? {} : { weight }),
  }
}

/** Exit 0 allowed, 4 not allowed, 5 it depends on what was not said. */
export async function tryOut(context: Context, reference: string): Promise<number> {
  const named = await readTerms(context, reference)
  const { terms, nameOf } = named
  const use = parseFacts(context.options.required('for'), named)
  const { answer, permission, prohibitions = [], duties, reasons } = tryTerms(terms, use)
  const exit = { allowed: EXIT.done, 'not allowed': EXIT.violation, depends: EXIT.undetermined }[answer]
  const why = reasons.map(
    ({ code, clause, sentence }) => `  ${sentence} [${code}${clause === undefined ? '' : `, ${clause}`}]`,
  )
  const head = {
    allowed: `Allowed by "${permission ?? ''}".`,
    'not allowed':
      prohibitions.length === 0
        ? 'Not allowed.'
        : `Not allowed: forbidden by ${listed(
            prohibitions.map((id) => `"${id}"`),
            'and',
          )}.`,
    depends: 'It depends on what was not said:',
  }[answer]
  const owed = answer === 'not allowed' || permission === undefined ? [] : owedSentences(terms, permission, nameOf)
  const notes = answer === 'not allowed' ? [] : unshown(use)
  context.output.result(
    'terms-try',
    {
      answer,
      ...(permission === undefined ? {} : { permission }),
      ...(prohibitions.length === 0 ? {} : { prohibitions: [...prohibitions] }),
      duties: [...new Set(duties)],
      owed: [...owed],
      notes: [...notes],
      reasons: reasons.map(reasonJson),
    },
    [head, ...new Set(why), ...owed, ...notes].join('\n'),
    exit,
  )
  return exit
}

function reasonJson({ code, clause, sentence }: Reason): JsonObject {
  return { code, ...(clause === undefined ? {} : { clause }), sentence }
}

/** Facts that can be supposed here and shown nowhere: a verdict would not be as sure as the answer. */
function unshown({ deployed, benefit, language }: SupposedUse): readonly string[] {
  const facts = [
    ...(deployed === undefined ? [] : ['where the model is used']),
    ...(benefit === undefined ? [] : ['where the people live who benefit']),
    ...(language === undefined ? [] : ["the language of the model's output"]),
  ]
  if (facts.length === 0) return []
  return [`No statement can show yet ${listed(facts, 'or')}: a verdict that depends on it stays undetermined.`]
}
