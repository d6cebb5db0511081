/**
 * What is said once the file is there: what was chosen without asking, and what has to be done before the terms work.
 */
import type { Answers } from './answers.ts'
import { CC0_PROMISE, GIANTS } from './format-terms.ts'

/** What nobody asked for, as sentences. */
export function chosenUnasked(answers: Answers): readonly string[] {
  return [
    'The terms are for every version of the dataset, also later ones.',
    'Users say publicly what they did, within 30 days; later is a breach, which counts as cured up to 60 days later, and stays on record.',
    ...(answers.price === undefined ? [] : ['The price is due within 30 days after the grant was accepted.']),
    ...(answers.platform === undefined ? [] : ['The platform receives 5 % on top of the price, paid by the buyer.']),
    ...(answers.after === 'never' ? [] : ['When you take a grant back, it ends 14 days later.']),
    'Whoever accepted a grant keeps these terms, also when you publish new ones.',
    answers.uses.includes('sublicense')
      ? 'Those whom grantees let in are under these same terms, and let nobody in themselves.'
      : 'Grantees may not let others in.',
    'A breach follows into every model that is built on a model.',
    'Contributors who take their consent back have to be removed, and left out of the next run.',
    'Anyone may claim that these terms were broken; nobody is named whose finding decides.',
  ]
}

/** What has to be known or done before the terms do what they say. */
export function notesOn(answers: Answers): readonly string[] {
  const notes: string[] = []
  if (answers.who === 'no-giants') {
    notes.push(
      `Before publishing you need the list "${GIANTS}" in a log. See what there is: tally party-set list; or publish one: tally party-set publish --title ${GIANTS} --member PARTY. Users have to show by a credential who controls them; without it a verdict stays undetermined.`,
    )
  }
  if (answers.who === 'communities')
    notes.push(
      'Users have to show by a credential that they are a community organisation; without it a verdict stays undetermined.',
    )
  if (answers.isAskedEachTime)
    notes.push('Give each project a grant that names it: tally grant issue --terms TERMS --to PARTY --project NAME')
  if (answers.generative === 'forbidden')
    notes.push(
      'Users should declare what their model can do, for example --capability asr: while they do not, no verdict says that training is allowed.',
    )
  if (answers.regions.length > 0 && (answers.regionFact === 'deployment' || answers.regionFact === 'benefit'))
    notes.push(
      'Nobody can show so far where a model is used or who benefits: under these terms no use is judged allowed.',
    )
  if (answers.licence === 'CC0-1.0') notes.push(CC0_PROMISE.replace('below', 'above'))
  return notes
}
