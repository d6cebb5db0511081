/**
 * What terms mean, in plain sentences. Nothing is decided here: the sentences follow the clauses one by one, and what they
 * say of amounts, times and actions is computed by the functions that verdicts use.
 *
 * A sentence that begins with WARNING tells of a clause that does not do what its writer may expect.
 */
import { toHex } from '../../encoding/bytes.ts'
import { type Comparison, comparisons } from '../../statement/constraint.ts'
import type { Permission, Prohibition, Terms } from '../../statement/terms.ts'
import type { Action } from '../../statement/vocabulary.ts'
import { conditionsText, factsText } from './conditions.ts'
import { benefitText, detailsText, owedUnder, owesText, remedyText, unowedText } from './duties.ts'
import { amendText, disputesText, endingText, proofText, reachText, sublicenceText, withdrawalText } from './life.ts'
import { pricesText } from './price.ts'
import {
  ACTION_WORDS,
  MOMENT_WORDS,
  type NameOf,
  type SetOf,
  type Telling,
  listed,
  rulesText,
  timeText,
} from './words.ts'
import { isActionWithin } from '../hierarchy.ts'

/** One sentence, and the part of the terms it follows: `permit.ID`, `prohibit.ID`, `duties.ID`, or a field. */
export interface Explained {
  readonly clause: string
  readonly sentence: string
}

export function explainTerms(
  terms: Terms,
  nameOf: NameOf = (id) => id,
  setOf: SetOf = () => undefined,
): readonly string[] {
  return explainClauses(terms, nameOf, setOf).map(({ sentence }) => sentence)
}

export function explainClauses(terms: Terms, nameOf: NameOf, setOf: SetOf): readonly Explained[] {
  const telling: Telling = { terms, nameOf, setOf }
  return [
    ...told('grant', 'Nobody may use the dataset under these terms without a grant that they accepted.'),
    ...told('versions', versionsText(terms.versions, nameOf)),
    ...terms.permit.flatMap((rule) => told(`permit.${rule.id}`, permissionText(rule, telling))),
    ...told(
      'permit',
      terms.permit.length === 0 ? 'Nothing is allowed.' : 'Whatever is not listed as allowed is not allowed.',
    ),
    ...terms.prohibit.flatMap((rule) => told(`prohibit.${rule.id}`, prohibitionText(rule, telling))),
    ...told('generative', ...generativeText(terms)),
    ...told(
      'obligations',
      terms.obligations === undefined
        ? ''
        : `Owed whichever rule is used: ${listed(
            terms.obligations.map((id) => `[${id}]`),
            'and',
          )}.`,
    ),
    ...told('facts', ...factsText([...terms.permit, ...terms.prohibit].flatMap((rule) => rule.if ?? []))),
    ...told('asOf', terms.asOf === undefined ? '' : `Facts about the user are looked at ${MOMENT_WORDS[terms.asOf]}.`),
    ...[...terms.duties].flatMap(([id, duty]) => told(`duties.${id}`, detailsText(id, duty, telling))),
    ...told('duties', ...unowedText(terms, telling)),
    ...(terms.prove ?? []).flatMap((proof) => told(`prove.${proof.fact}`, proofText(proof))),
    ...told('price', ...pricesText(telling)),
    ...told('benefit', terms.benefit === undefined ? '' : benefitText(terms.benefit, telling)),
    ...told('revoke', endingText(terms)),
    ...told('amend', amendText(terms)),
    ...told('sublicense', ...sublicenceText(telling)),
    ...told('reach', reachText(terms)),
    ...told('withdrawal', withdrawalText(telling)),
    ...told('disputes', ...disputesText(telling)),
    ...told(
      'precedence',
      terms.precedence === 'human'
        ? 'The text for people takes precedence: these rules are a draft, and no use is judged compliant by them.'
        : '',
    ),
    ...documentsOf(terms, nameOf),
  ]
}

/** What is empty says nothing. */
function told(clause: string, ...sentences: readonly string[]): readonly Explained[] {
  return sentences.filter((sentence) => sentence !== '').map((sentence) => ({ clause, sentence }))
}

/** What a use under one permission owes, with amounts. */
export function owedSentences(terms: Terms, permission: string, nameOf: NameOf = (id) => id): readonly string[] {
  const telling: Telling = { terms, nameOf, setOf: () => undefined }
  const rule = terms.permit.find(({ id }) => id === permission)
  if (rule === undefined) return []
  const owed = owedUnder(terms, rule)
  const isPaying = owed.some((id) => terms.duties.get(id)?.action === 'pay')
  return [
    owesText(owed, telling).trim(),
    ...(isPaying ? pricesText(telling) : []),
    ...(terms.prove ?? []).map((proof) => proofText(proof)),
  ].filter((sentence) => sentence !== '')
}

function versionsText(scope: Terms['versions'], nameOf: NameOf): string {
  if (scope.mode === 'lineage') return 'These terms are for every version of the dataset, also later ones.'
  if (scope.mode === 'all-until')
    return `These terms are for versions that were published before ${timeText(scope.until)}.`
  return `These terms are only for ${scope.ids.length === 1 ? 'the version' : 'the versions'} ${listed(scope.ids.map(nameOf), 'and')}.`
}

function permissionText(rule: Permission, telling: Telling): string {
  const what = `Allowed: ${actionsText(rule.actions, 'and')}${conditionsText(rule.if ?? [], telling, 'permit')}.`
  const commercial = isResearchInDoubt(rule, telling.terms) ? ' Commercial research is included.' : ''
  return `${what}${commercial}${owesText(owedUnder(telling.terms, rule), telling)} [${rule.id}]`
}

function prohibitionText(rule: Prohibition, telling: Telling): string {
  const what = `Never: ${actionsText(rule.actions, 'or')}${conditionsText(rule.if ?? [], telling, 'prohibit')}.`
  return `${what} This beats every permission.${remedyText(rule, telling)} [${rule.id}]`
}

function actionsText(actions: readonly Action[], last: 'and' | 'or'): string {
  return listed(
    actions.map((action) => ACTION_WORDS[action]),
    last,
  )
}

/** "Research" alone includes commercial research, which many do not expect; said only where nothing else decides it. */
function isResearchInDoubt(rule: Permission, { prohibit }: Terms): boolean {
  const asked = [...comparisons(rule.if ?? [])].filter(isAboutPurpose)
  const [only] = asked
  if (only === undefined || asked.length > 1 || !(rule.if ?? []).includes(only)) return false
  if (only.l !== 'purpose' || only.op === 'neq' || only.op === 'isNoneOf' || only.op === 'isAllOf') return false
  const isResearch = only.r === 'research' || (Array.isArray(only.r) && only.r.includes('research'))
  return (
    isResearch && prohibit.every((each) => each.if !== undefined && ![...comparisons(each.if)].some(isAboutPurpose))
  )
}

function isAboutPurpose({ l }: Comparison): boolean {
  return l === 'purpose' || l === 'commercial'
}

/** Actions of their own that can end in a generative model; the hierarchy puts none of them under `train-generative`. */
const MAY_BE_GENERATIVE: readonly Action[] = ['fine-tune', 'distil', 'synthesise']

/**
 * Permitting `train` includes generative training unless it is prohibited: said aloud wherever a permission could give a
 * generative model, because nobody expects it.
 */
function generativeText(terms: Terms): readonly string[] {
  const permitting = (action: Action): readonly string[] => idsCovering(terms.permit, action)
  const bans = (action: Action): readonly Prohibition[] =>
    terms.prohibit.filter(({ actions }) => actions.some((each) => isActionWithin(action, each)))
  const isBanned = (action: Action): boolean => bans(action).some((rule) => rule.if === undefined)
  const allowing = permitting('train-generative')
  const others = MAY_BE_GENERATIVE.filter((action) => permitting(action).length > 0)
  if (allowing.length === 0 && others.length === 0) return []
  const head = 'Training of generative models (train-generative)'
  const conditional = bans('train-generative').map(({ id }) => id)
  const isAllowed = allowing.length > 0 && !isBanned('train-generative')
  if (isAllowed && conditional.length === 0)
    return [`${head} is included in what ${rulesText(allowing)} ${allows(allowing)}.`]
  const open = others.filter((action) => !isBanned(action))
  const rest =
    open.length === 0
      ? ''
      : ` To ${listed(
          open.map((action) => ACTION_WORDS[action]),
          'or',
        )} is another action: what the rules say of it holds for generative models too.`
  return isAllowed
    ? [
        `${head} is included in what ${rulesText(allowing)} ${allows(allowing)}, except in the cases that ${rulesText(conditional)} ${conditional.length === 1 ? 'forbids' : 'forbid'}.${rest}`,
      ]
    : [`${head} is not allowed.${rest}`]
}

function allows(ids: readonly string[]): string {
  return ids.length === 1 ? 'allows' : 'allow'
}

function idsCovering(rules: readonly (Permission | Prohibition)[], action: Action): readonly string[] {
  return rules.filter(({ actions }) => actions.some((each) => isActionWithin(action, each))).map(({ id }) => id)
}

/** What stands beside the rules: texts for people, a licence, labels, tables. */
function documentsOf(terms: Terms, nameOf: NameOf): readonly Explained[] {
  const { text, authoritative, licence, labels, tables } = terms
  const named =
    licence === undefined ? [] : [licence.spdx, licence.name, licence.uri].filter((each) => each !== undefined)
  const digest = licence?.digest === undefined ? [] : [`SHA-256 ${toHex(licence.digest)}`]
  return [
    ...[...(text ?? [])].map(([language, { cid, size, type }]) => ({
      clause: `text.${language}`,
      sentence: `The text for people in ${language} is the file ${nameOf(cid)} (${type}, ${size} bytes).`,
    })),
    ...(authoritative === undefined
      ? []
      : [{ clause: 'authoritative', sentence: `The text in ${listed(authoritative, 'and')} is authoritative.` }]),
    ...(licence === undefined
      ? []
      : [{ clause: 'licence', sentence: `The licence is named: ${[...named, ...digest].join(', ')}.` }]),
    ...(labels === undefined ? [] : [{ clause: 'labels', sentence: `Labels: ${labels.join(', ')}.` }]),
    ...[...(tables ?? [])].map(([name, each]) => ({
      clause: `tables.${name}`,
      sentence: `Words of the table "${name}" are those of version ${toHex(each)}.`,
    })),
  ]
}
