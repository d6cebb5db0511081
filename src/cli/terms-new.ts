/**
 * `tally terms new`: asks in plain words and writes a commented YAML file. Every question has a flag, for whoever has no
 * terminal. What the questions are stands in terms-new/answers.ts, what is written in terms-new/format-terms.ts.
 */
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parse } from 'yaml'
import { LedgerError } from '../errors.ts'
import { explainTerms } from '../terms/explain/explain.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { writeResult } from './files.ts'
import { exists } from './reference.ts'
import { type Terminal, openTerminal } from './terminal.ts'
import { draftTerms } from './terms-file.ts'
import type { Answers } from './terms-new/answers.ts'
import { chosenUnasked, notesOn } from './terms-new/closing-words.ts'
import { collectAnswers } from './terms-new/collect-answers.ts'
import { Stopped } from './terms-new/dialogue.ts'
import { chooseExample } from './terms-new/example.ts'
import { formatTerms } from './terms-new/format-terms.ts'
import { convertPayload } from './yaml-payload.ts'

/** @param open another terminal, for tests */
export async function newTerms(
  context: Context,
  file: string,
  open: () => Terminal | undefined = openTerminal,
): Promise<number> {
  const isDryRun = context.options.isSet('dryRun')
  if (!isDryRun) await checkPlace(file)
  const terminal = open()
  let answers: Answers
  try {
    answers = await collectAnswers(context, terminal)
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
    terminal?.say('Stopped. Nothing was written.')
    return EXIT.interrupted
  } finally {
    terminal?.close()
  }
  await write(context, file, answers, isDryRun)
  return EXIT.done
}

/** Before the first question: nobody answers eight of them for a file that cannot be written. */
async function checkPlace(file: string): Promise<void> {
  if (file === '-') return
  if (await exists(file)) {
    throw new LedgerError('FILE_EXISTS', `${file} is already there; nothing is written over it`, {
      hint: 'choose another name, or delete the old one',
    })
  }
  const folder = dirname(file)
  if (!(await exists(folder))) {
    throw new LedgerError('FILE_NOT_FOUND', `there is no folder ${folder}`, {
      hint: 'choose another name, or make the folder first',
    })
  }
  await access(folder, constants.W_OK)
}

async function write(context: Context, file: string, answers: Answers, isDryRun: boolean): Promise<void> {
  const clauses = formatTerms(answers)
  // What is written is what the language accepts, or it is not written.
  const named = draftTerms(convertPayload(parse(clauses) as Record<string, unknown>, file))
  const { terms, nameOf } = named
  const example = chooseExample(answers, named)
  const path = shellWord(file)
  const yaml = [
    '# Terms of a dataset, from `tally terms new`. Change what you like; a line that begins with # only explains.',
    `# Read them aloud: tally terms explain ${path}`,
    `# Try them:        tally terms try ${path} --for ${example.facts}`,
    `#                  (answer: ${example.answer})`,
    '',
    clauses,
  ].join('\n')
  const bytes = new TextEncoder().encode(yaml)
  if (!isDryRun) await writeResult(file, bytes)
  // The file itself went to standard output.
  if (file === '-' && !isDryRun) return
  const platform = answers.platform
  const sentences = explainTerms(terms, (id) => (id === platform?.id ? platform.name : nameOf(id)))
  const chosen = chosenUnasked(answers)
  const notes = notesOn(answers)
  context.output.result(
    'terms-new',
    { file, sentences, chosen, notes, example: { ...example }, ...(isDryRun ? { yaml } : {}) },
    [
      ...(isDryRun ? [yaml] : [`Written to ${file}.`]),
      'In words:',
      ...sentences.map((each) => `- ${each}`),
      '',
      'I also chose these; change them in the file:',
      ...chosen.map((each) => `- ${each}`),
      ...notes.flatMap((note) => ['', note]),
      '',
      ...(isDryRun
        ? ['Nothing was written (--dry-run).']
        : [
            `Read it again: tally terms explain ${path}`,
            `Try it:        tally terms try ${path} --for ${example.facts}`,
            `Publish it:    tally terms publish ${path} --dataset DATASET`,
          ]),
    ].join('\n'),
  )
}

/** As it can be typed; a name that would break the comment it stands in is not repeated. */
function shellWord(file: string): string {
  if (/^[\w./-]+$/u.test(file) && file !== '-') return file
  return /^[\p{L}\p{N} ._/()-]+$/u.test(file) && file !== '-' ? `'${file}'` : 'THIS-FILE'
}
