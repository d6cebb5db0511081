/**
 * Evaluating one use over ten datasets with fifty statements each, after signatures: what an auditor's machine does once
 * everything is checked.
 */
import { evaluate } from '../../src/terms/evaluate.ts'
import { Story, TRUST, day, termsOf } from '../../tests/support/terms-story.ts'
import { median } from './median.ts'

const DATASETS = 10
const STATEMENTS_EACH = 50
const ROUNDS = 60

/** @returns the median, milliseconds */
export function benchEvaluation(): number {
  const story = new Story()
  for (const name of ['O', 'U', 'N']) story.party(name)
  const datasets = Array.from({ length: DATASETS }, (_, i) => {
    const payload = { title: `D${i}`, owner: story.id('O'), locales: ['sw'], logs: ['main.example/log'] }
    const lineage = story.add(0, 5, payload, { by: 'O' })
    const version = story.add(0, 6, { lineage, label: '1' }, { by: 'O' })
    const terms = story.add(0, 7, termsOf(lineage), { by: 'O' })
    const grant = story.add(1, 9, { terms, assignee: story.id('U') }, { by: 'O' })
    story.add(2, 10, { grant, terms }, { by: 'U' })
    story.add(3, 14, { run: 'R', grants: [grant], actions: ['train'] }, { by: 'U' })
    // What others do with the same dataset: grants, acceptances, starts, revocations.
    for (let n = 6, turn = 0; n < STATEMENTS_EACH; turn++) {
      const other = story.add(1, 9, { terms, assignee: story.id('N'), project: `P${turn}` }, { by: 'O' })
      const rest = [
        () => story.add(2, 10, { grant: other, terms }, { by: 'N' }),
        () => story.add(3, 14, { run: `N${turn}`, grants: [other], actions: ['train'] }, { by: 'N' }),
        () => story.add(20, 13, { target: other }, { by: 'O' }),
      ]
      for (const add of rest.slice(0, STATEMENTS_EACH - n - 1)) add()
      n += 1 + Math.min(rest.length, STATEMENTS_EACH - n - 1)
    }
    return { version, grants: [grant] }
  })
  const facts = { actions: ['train'], purposes: ['research'], commercial: false, places: ['KE'] } as const
  const use = story.add(30, 15, { run: 'R', ...facts, from: day(6), to: day(20), datasets }, { by: 'U' })
  const view = story.view(40)
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    const { outcome } = evaluate(view, TRUST, { use })
    times.push(performance.now() - start)
    if (outcome !== 'compliant') throw new Error(`the bench's use should be compliant and is ${outcome}`)
  }
  return median(times)
}
