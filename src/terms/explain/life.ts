/**
 * How grants under terms end, change and are passed on, in sentences. Each effect of a revocation has one, because what it
 * means for a use under way is what people get wrong.
 */
import type { RevocationEffect } from '../../statement/grant.ts'
import type { Sublicence, Terms } from '../../statement/terms.ts'
import { rulesOwing } from './duties.ts'
import { FACT_WORDS, type Telling, furtherSpan, listed, rulesText, span, spanOf } from './words.ts'
import { isActionWithin } from '../hierarchy.ts'
import { isProvable, isProvedByCredential } from '../proof.ts'

const DAY_SECONDS = 86_400
/** A run that ends later after its grant's end is not covered by it (revocation.ts). */
const LONGEST_RUN_SECONDS = 365 * DAY_SECONDS

export function endingText({ attach, revoke, permit }: Terms): string {
  const effect = revoke?.allowed === 'any' ? revoke.effect : undefined
  const taken =
    revoke?.allowed === 'any'
      ? `If the owner takes a grant back, it ends ${revoke.notice === 0 ? 'as soon as that is witnessed' : `${span(revoke.notice)} after that is witnessed`}, or on a later day that the owner names. ${afterText(revoke.effect, attach === 'continuous')}`
      : 'The owner can never take a grant back.'
  const isStopping = effect?.mode === 'stop-running'
  if (attach === 'continuous') {
    return isStopping
      ? `${taken} Where a grant has an end date, every use has to be finished before it.`
      : `${taken} Every use has to be finished before its grant ends, also one that began earlier.`
  }
  // Left open, service and enrichment hang on the grant all the time, everything else on its start.
  const ongoing = permit.some(({ actions }) =>
    actions.some((action) => isActionWithin('serve-model', action) || isActionWithin('augment', action)),
  )
  if (attach !== undefined || !ongoing) return taken
  const what = "A use that offers a model as a service, or enriches a model's answers with the dataset,"
  return isStopping
    ? `${taken} ${what} has to be finished before the end date of its grant, where it has one.`
    : `${taken} ${what} has to be finished before its grant ends, also where it began earlier.`
}

function afterText(effect: RevocationEffect, isContinuous: boolean): string {
  if (effect.mode === 'stop-running')
    return `No new use may begin, and every running use has to stop ${graceText(effect.grace)}.`
  const uses = isContinuous
    ? 'No new use may begin.'
    : `A use that began earlier may finish within ${span(LONGEST_RUN_SECONDS)}; no new one may begin.`
  if (effect.mode === 'no-new-use') return uses
  const task = effect.mode === 'delete-data' ? 'delete the data' : 'take the models made with it out of use'
  const when =
    effect.within === 0 ? 'as soon as the grant has ended' : `within ${span(effect.within)} after the grant has ended`
  return `${uses} The user has to ${task} ${when}.`
}

function graceText(grace: number): string {
  if (grace === 0) return 'at that moment'
  if (grace <= LONGEST_RUN_SECONDS) return `within ${furtherSpan(grace)}`
  // The longer one is named, but no run is covered for longer.
  return `within ${furtherSpan(LONGEST_RUN_SECONDS)} (the ${span(grace)} named here are more than any use gets)`
}

export function amendText({ amend }: Terms): string {
  if (amend?.mode !== 'owner-may-change')
    return 'Whoever accepted a grant keeps these terms; newer ones do not reach it.'
  const notice = amend.notice === 0 ? 'without notice' : `with ${spanOf(amend.notice)} notice`
  return `The owner may change these terms ${notice}: what is allowed and forbidden then follows the new ones, for uses that start later. Price and duties stay as they were accepted.`
}

/** Whether a chain of sublicences is possible; left out, one step. */
function depthOf(sublicense: Sublicence | undefined): number {
  return sublicense?.allowed === true ? (sublicense.depth ?? 1) : 0
}

export function sublicenceText({ terms, nameOf }: Telling): readonly string[] {
  const { sublicense, permit, prohibit } = terms
  const depth = depthOf(sublicense)
  const naming = permit.filter(({ actions }) => actions.includes('sublicense')).map(({ id }) => id)
  const against = prohibit.filter(({ actions }) => actions.includes('sublicense')).map(({ id }) => id)
  if (depth === 0 || sublicense === undefined) {
    return [
      'Grantees may not pass the permission on.',
      ...(naming.length === 0
        ? []
        : [
            `WARNING: Passing the permission on is listed as allowed in ${rulesText(naming)}, but the clause on sublicences does not allow it: nobody may.`,
          ]),
    ]
  }
  const { next, notify } = sublicense
  const steps =
    depth === 1
      ? 'whoever gets it from them may not pass it on'
      : `so may whoever gets it from them, up to ${depth} steps away from the owner's grant`
  const under =
    next === undefined ? '' : next === 'same' ? ', under the same terms' : `, under the terms ${nameOf(next)}`
  const told = notify === true ? ' They have to tell the owner.' : ''
  const isListed = permit.some(({ actions }) => actions.some((action) => isActionWithin('sublicense', action)))
  return [
    `Grantees may pass the permission on${under}; ${steps}.${told}`,
    ...(isListed && against.length === 0
      ? []
      : [
          `WARNING: The clause on sublicences lets grantees pass the permission on, although ${against.length > 0 ? `it is forbidden in ${rulesText(against)}` : 'no rule lists that as allowed'}: what counts is the clause.`,
        ]),
  ]
}

export function reachText({ reach }: Terms): string {
  if (reach === 'none')
    return 'If a model was made in breach of these terms, models built on it do not count as in breach for that.'
  return reach === 'direct'
    ? 'If a model was made in breach of these terms, every model built directly on it counts as in breach too; those built on these in turn do not.'
    : 'If a model was made in breach of these terms, every model built on it counts as in breach too.'
}

export function withdrawalText({ terms }: Telling): string {
  const { withdrawal } = terms
  const rules = rulesOwing(terms, 'honour-withdrawals')
  const own = rules.length === 0 ? '' : ` Under ${rulesText(rules)}, the duty named there counts in place of this.`
  if (withdrawal?.honour === false) return `When contributors withdraw, these terms ask nothing of users.${own}`
  const when =
    withdrawal?.within === undefined
      ? 'by the day that the withdrawal names'
      : withdrawal.within === 0
        ? 'at once'
        : `within ${span(withdrawal.within)}`
  return `When contributors withdraw, users have to remove what these contributed ${when}, and leave it out of the next training.${own}`
}

export function disputesText({ terms, nameOf }: Telling): readonly string[] {
  const { disputes } = terms
  const standing = {
    anyone: 'Anyone may claim that these terms were broken.',
    owner: 'Only the owner, or somebody the owner sends, may make claims about a use or a dataset that count.',
    parties:
      'Only the owner and the grantee, or somebody they send, may make claims about a use or a dataset that count.',
    credentialed: 'Only auditors with a credential may make claims about a use or a dataset that count.',
  }[disputes?.standing ?? 'anyone']
  return [
    standing,
    ...(disputes === undefined || disputes.arbiters.length === 0
      ? []
      : [`Disputes are decided by ${listed(disputes.arbiters.map(nameOf), 'or')}.`]),
  ]
}

/** Facts that cost something when they are withheld. */
export function proofText({ fact, within }: NonNullable<Terms['prove']>[number]): string {
  const when = within === 0 ? 'As soon as the use starts' : `Within ${span(within)} after the use starts`
  if (!isProvable(fact))
    return `WARNING: ${when} the user would have to show ${FACT_WORDS[fact]}, which no statement can say: every use is in breach from then on.`
  const how = isProvedByCredential(fact) ? 'show by a credential' : 'declare in the log'
  return `${when} the user has to ${how} ${FACT_WORDS[fact]}; not doing so is a breach.`
}
