/** Duties in sentences: what somebody has to do, by when, and who owes it at all. */
import type { Benefit, Duty, Permission, Prohibition, Terms } from '../../statement/terms.ts'
import type { DutyAction } from '../../statement/vocabulary.ts'
import { BENEFIT_WORDS, EVENT_WORDS, type Telling, dueText, furtherSpan, rulesText, span } from './words.ts'

/** Duties that a permission owes: its own, and those of every use. */
export function owedUnder(terms: Terms, permission: Permission): readonly string[] {
  return [...new Set([...(permission.duties ?? []), ...(terms.obligations ?? [])])]
}

/** Ids of the duties that some permission owes. */
export function owedDuties(terms: Terms): ReadonlySet<string> {
  return new Set(terms.permit.flatMap((permission) => owedUnder(terms, permission)))
}

/** Ids of the permissions under which a duty of this kind is owed. */
export function rulesOwing(terms: Terms, action: DutyAction): readonly string[] {
  return terms.permit
    .filter((permission) => owedUnder(terms, permission).some((id) => terms.duties.get(id)?.action === action))
    .map(({ id }) => id)
}

/** ` The user then has to: ...`, with the id of each duty; empty where nothing is owed. */
export function owesText(ids: readonly string[], telling: Telling): string {
  const duties = [...new Set(ids)].flatMap((id) => {
    const duty = telling.terms.duties.get(id)
    return duty === undefined ? [] : [{ id, duty }]
  })
  const tasks = duties.flatMap(({ id, duty }) => {
    const task = taskText(duty, telling)
    return task === undefined ? [] : [`${task} [${id}]`]
  })
  const others = duties.flatMap(({ id, duty }) => {
    const sentence = stateText(duty)
    return sentence === undefined ? [] : [` ${sentence} [${id}].`]
  })
  return `${tasks.length === 0 ? '' : ` The user then has to: ${tasks.join('; ')}.`}${others.join('')}`
}

/** What the user does, after "has to"; undefined for what is no task of the user. */
function taskText(duty: Duty, { terms, nameOf }: Telling): string | undefined {
  const to = duty.to === undefined ? undefined : nameOf(duty.to)
  const due = dueText(duty.due)
  switch (duty.action) {
    case 'attribute':
      return `name ${to ?? 'the source'}${to === undefined ? '' : ' as the source'} ${due}`
    case 'pay':
      return `pay the price${terms.price?.platform === undefined ? '' : ' and the platform fee'} ${due}`
    case 'notify':
      return `tell ${to ?? 'the owner'} ${due}`
    case 'attest-use':
      return `say in a log what was done with the dataset, ${due}`
    case 'share-alike':
      return 'put datasets made from it under the same terms'
    case 'share-model-alike':
      return 'publish models made with it only under a licence that asks for the same'
    case 'delete':
      return `delete the data ${due}`
    case 'retire-model':
      return `take the models made with it out of use ${due}`
    case 'honour-withdrawals':
      return `remove what contributors gave who take their consent back, ${due}`
    case 'share-benefit':
      return `share the benefit with ${to ?? beneficiary({ terms, nameOf })} ${due}`
    case 'ethics-approval':
      return `show an ethics approval by a credential ${due}`
    case 'prove':
      return `show a credential, or have the start of the use witnessed, ${due}`
    case 'allow-audit':
      return `let ${to ?? 'the owner'} check how it is used, ${due}`
    case 'respond-to-claim':
      return `answer ${due}`
    case 'obtain-consent':
    case 'ensure-exclusivity':
      break
  }
  return undefined
}

/** What has to be so, where nobody has to do a thing. */
function stateText({ action, due }: Duty): string | undefined {
  if (action === 'ensure-exclusivity') return 'The owner gives the permission to nobody else'
  if (action !== 'obtain-consent') return undefined
  const when = due.event === 'use-start' && due.within === 0 ? 'before the use starts' : dueText(due)
  return `For every project the user needs a grant that names this project, or that answers the user's request for it, ${when}`
}

/** Duties of which the time, or who is named with them, is not looked at: it would be wrong to say that it counts. */
const TIMELESS: ReadonlySet<DutyAction> = new Set(['share-alike', 'share-model-alike', 'ensure-exclusivity'])
const CURELESS: ReadonlySet<DutyAction> = new Set([...TIMELESS, 'obtain-consent'])
const ADDRESSED: ReadonlySet<DutyAction> = new Set(['attribute', 'notify', 'share-benefit', 'allow-audit'])

/** Whether a verdict looks at the time of a duty of this kind. */
export function countsTime(action: DutyAction): boolean {
  return !TIMELESS.has(action)
}

/** Whether a verdict looks at the time in which it can be made good. */
export function countsCure(action: DutyAction): boolean {
  return !CURELESS.has(action)
}

/** What else there is to say about a duty: how it is shown, and what happens when it is late. */
export function detailsText(id: string, duty: Duty, { nameOf }: Telling): string {
  const { action, evidence, cure, to } = duty
  const sentences = [
    ...(action === 'share-alike'
      ? [
          `[${id}] is judged once ${EVENT_WORDS[duty.due.event]}${duty.due.within === 0 ? '.' : `; the time named for it, ${span(duty.due.within)}, is not waited for.`}`,
        ]
      : []),
    ...(action === 'share-model-alike'
      ? [
          `Whether a model is published stands in the use itself: the time named for [${id}], ${dueText(duty.due)}, has no effect.`,
        ]
      : []),
    ...(action === 'ensure-exclusivity'
      ? [`No verdict checks [${id}]: the time named for it, ${dueText(duty.due)}, has no effect.`]
      : []),
    ...(to === undefined || ADDRESSED.has(action)
      ? []
      : [`That ${nameOf(to)} is named with [${id}] changes nothing in a verdict.`]),
    ...(evidence === undefined ? [] : [`[${id}] is shown by ${article(evidence)} ${evidence} statement in the log.`]),
    ...(cure === undefined
      ? []
      : CURELESS.has(action)
        ? cure === 0
          ? []
          : [`The time to make [${id}] good, ${span(cure)}, has no effect.`]
        : [
            `If [${id}] is late, that is a breach.`,
            ...(cure === 0
              ? []
              : [`Done within ${furtherSpan(cure)}, the breach counts as cured, but stays on record.`]),
          ]),
  ]
  return sentences.join(' ')
}

function article(word: string): string {
  return /^[aei]/u.test(word) ? 'an' : 'a'
}

/** Duties that nobody owes are said aloud: they would be read as owed. */
export function unowedText(terms: Terms, telling: Telling): readonly string[] {
  const owed = new Set([...owedDuties(terms), ...terms.prohibit.flatMap(({ remedy }) => remedy ?? [])])
  return [...terms.duties]
    .filter(([id]) => !owed.has(id))
    .map(([id, duty]) => {
      const what = taskText(duty, telling) ?? stateText(duty) ?? duty.action
      return `WARNING: Duty [${id}] is asked for by no permission: nobody owes it (${what}).`
    })
}

/** What a prohibition asks of whoever broke it. */
export function remedyText({ remedy }: Prohibition, telling: Telling): string {
  if (remedy === undefined || remedy.length === 0) return ''
  return ` If it is broken:${owesText(remedy, telling)} No verdict judges that; it can be claimed.`
}

function beneficiary({ terms, nameOf }: Pick<Telling, 'terms' | 'nameOf'>): string {
  return terms.benefit?.to === undefined ? 'the owner' : nameOf(terms.benefit.to)
}

/** The benefit that the terms describe; it is judged through a duty to share it alone. */
export function benefitText(benefit: Benefit, telling: Telling): string {
  const { terms } = telling
  const by = benefit.due === undefined ? '' : `, ${dueText(benefit.due)}`
  const file = benefit.text === undefined ? '' : ` The file ${telling.nameOf(benefit.text)} says how.`
  const what = `${BENEFIT_WORDS[benefit.kind]}, for ${beneficiary(telling)}${by}.${file}`
  const rules = rulesOwing(terms, 'share-benefit')
  if (rules.length === 0)
    return `WARNING: A benefit is named, but no permission asks the user to share it: no verdict judges it. It is ${what}`
  const isForAll = rules.length === terms.permit.length
  return `The benefit that is shared${isForAll ? '' : ` under ${rulesText(rules)}`} is ${what} What a verdict looks at is the duty to share it.`
}
