/**
 * `prove`: facts that only the grantee can supply, due after the start of the use (docs/terms.md C, "burden of proof").
 * Withholding a fact turns a violation into undetermined, so withholding costs something: a breach.
 */
import type { Operand } from '../statement/vocabulary.ts'
import type { CredentialType } from '../statement/credential.ts'
import { judgeDischarge } from './duties/discharge.ts'
import { type DutyContext, type DutyVerdict, trustedCredentials } from './duties/duty-context.ts'
import type { Act } from './ledger.ts'

const CREDENTIALS: Readonly<Partial<Record<Operand, CredentialType>>> = {
  'org.kind': 'org-kind',
  'org.affiliation': 'affiliation',
  'region.establishment': 'region',
  'region.parent': 'affiliation',
}

/** Shown by somebody else's credential; every other fact is declared by the user. */
export function isProvedByCredential(fact: Operand): boolean {
  return CREDENTIALS[fact] !== undefined
}

/** Whether any statement can say it at all. */
export function isProvable(fact: Operand): boolean {
  return isProvedByCredential(fact) || !UNSAYABLE.has(fact)
}

const UNSAYABLE: ReadonlySet<Operand> = new Set(['region.deployment', 'region.benefit', 'elapsed', 'count', 'language'])

export function judgeProof(context: DutyContext, fact: Operand, within: number): DutyVerdict {
  const { times, trust, user, judgedAt } = context
  const due = times.from + within
  const id = `prove ${fact}`
  const duty = { action: 'prove', due: { event: 'use-start', within } } as const
  const owed = { id, duty, due, isDueLater: judgedAt !== undefined && due > judgedAt }
  const isByEndorser = CREDENTIALS[fact] !== undefined
  return judgeDischarge(context, owed, {
    acts: proofsOf(context, fact),
    by: isByEndorser ? trust.endorsers : [user],
    overdue: 'PROOF_NOT_PROVIDED',
  })
}

function proofsOf(context: DutyContext, fact: Operand): readonly Act[] {
  const { chain, times } = context
  const type = CREDENTIALS[fact]
  if (type !== undefined) {
    return trustedCredentials(context).filter(({ payload }) => {
      const isInForce = (payload.from ?? 0) <= times.from && times.from < (payload.until ?? Number.POSITIVE_INFINITY)
      return payload.type === type && isInForce
    })
  }
  const usages = [chain.rootAct, ...chain.amendments.map(({ act }) => act)]
  return usages.filter(({ payload }) => declares(payload, fact))
}

function declares(usage: Act<15>['payload'], fact: Operand): boolean {
  switch (fact) {
    case 'purpose':
      return usage.purposes !== undefined
    case 'commercial':
      return usage.commercial !== undefined
    case 'capability':
      return usage.capabilities !== undefined
    case 'region.processing':
      return usage.places !== undefined
    case 'model.open':
      return usage.openness !== undefined
    case 'project':
      return usage.project !== undefined
    case 'subset':
      return usage.datasets.every(({ subset }) => subset !== undefined)
    case 'time':
    case 'party':
      return true
    case 'org.kind':
    case 'org.affiliation':
    case 'region.establishment':
    case 'region.parent':
    case 'region.deployment':
    case 'region.benefit':
    case 'elapsed':
    case 'count':
    case 'language':
      break
  }
  return false
}
