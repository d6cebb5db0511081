/**
 * What this node takes into its own log: statements that are well formed and signed by a key it knows, from issuers its
 * operator admits. Whether a statement is *right* is the verifier's question; admission only keeps out what cannot count.
 */
import { LedgerError } from '../errors.ts'
import { decodeStatement, type Statement } from '../statement/envelope.ts'
import { type Terms, isReadable } from '../statement/terms.ts'
import type { Operation, Store } from '../storage/store.ts'
import type { Clock } from './clock.ts'
import type { NodeConfig } from './config.ts'
import type { HeldLog } from './log-registry.ts'
import { nativeSha256 } from './native-crypto.ts'
import { nodeRowKey } from './rows.ts'
import type { StatementChecker } from './statement-checker.ts'

/** Larger or private material goes into blobs. */
export const MAX_ADMITTED_BYTES: number = 32 * 1024
const MAX_ISSUERS_COUNTED = 10_000
const SECONDS_PER_DAY = 86_400
/** Whose daily statements are the first ones of parties that nobody here knows. */
const NEWCOMERS = 'new parties'
/** What a refusal says next to every rule: nothing happened. */
const HINT = 'nothing was recorded'

export interface AdmissionOptions {
  config: NodeConfig['admission']
  operatorParty: string
  store: Store
  log: HeldLog
  checker: StatementChecker
  clock: Clock
}

export class Admission {
  private readonly options: AdmissionOptions
  private day = 0
  private readonly today = new Map<string, number>()

  constructor(options: AdmissionOptions) {
    this.options = options
  }

  /**
   * Decodes and checks a statement, and counts it against its issuer's quota.
   *
   * @throws LedgerError STATEMENT_*, SCHEMA_INVALID, SIGNATURE_INVALID, NOT_ADMITTED, QUOTA
   */
  async admit(bytes: Uint8Array): Promise<Statement> {
    if (bytes.length > MAX_ADMITTED_BYTES) {
      throw new LedgerError(
        'STATEMENT_TOO_LARGE',
        `the statement has ${bytes.length} bytes; at most ${MAX_ADMITTED_BYTES} are admitted`,
        { hint: HINT },
      )
    }
    const statement = decodeStatement(bytes, nativeSha256)
    if (statement.payload === undefined || statement.kind === 1) {
      const kind = statement.kindName ?? statement.contentType
      throw new LedgerError('NOT_ADMITTED', `statements of kind ${kind} are not taken in from outside`, { hint: HINT })
    }
    this.assertIssuer(statement)
    const flag = await this.options.checker.check(this.options.log, statement)
    if (flag === 'unknown-key') {
      throw new LedgerError(
        'NOT_ADMITTED',
        `no party that introduced the signing key of ${statement.iss} is known here`,
        {
          hint: "submit the party's first statement before this one",
        },
      )
    }
    if (flag !== undefined)
      throw new LedgerError('SIGNATURE_INVALID', 'the signature of the statement does not verify', { hint: HINT })
    this.countAgainstQuota(statement)
    return statement
  }

  /** Rows that make the parties named by appended statements counterparties from now on. */
  prepareCounterparties(statements: readonly Statement[]): Operation[] {
    return statements
      .flatMap((statement) => partiesNamedBy(statement))
      .map((party) => ({ type: 'put', key: nodeRowKey('counterparty', party), value: new Uint8Array([1]) }))
  }

  private assertIssuer(statement: Statement): void {
    const { config, operatorParty, store } = this.options
    const issuer = issuerOf(statement)
    if (config.mode === 'open' || issuer === operatorParty || config.members.includes(issuer)) return
    if (config.mode === 'counterparties') {
      // A party introduces itself before anyone can name it.
      if (statement.kind === 3 || store.get(nodeRowKey('counterparty', issuer)) !== undefined) return
    }
    throw new LedgerError(
      'NOT_ADMITTED',
      `this node takes statements from ${config.mode} only, and ${issuer} is not among them`,
      {
        hint: 'ask its operator, or submit to a node that admits you; nothing was recorded',
      },
    )
  }

  private countAgainstQuota(statement: Statement): void {
    const { config, operatorParty, clock } = this.options
    const party = issuerOf(statement)
    if (party === operatorParty || config.members.includes(party)) return
    // Everybody can draw new parties without end: together they may introduce themselves as often as one may speak.
    const isNew = statement.kind === 3
    if (!isNew && config.mode !== 'open') return
    const issuer = isNew ? NEWCOMERS : party
    const day = Math.floor(clock.nowSeconds() / SECONDS_PER_DAY)
    if (day !== this.day) this.today.clear()
    this.day = day
    const used = this.today.get(issuer) ?? 0
    if (used >= config.perIssuerDaily || (used === 0 && this.today.size >= MAX_ISSUERS_COUNTED)) {
      throw new LedgerError(
        'QUOTA',
        isNew
          ? `${config.perIssuerDaily} new parties have introduced themselves on this node today, as many as it takes`
          : `${issuer} has used its ${config.perIssuerDaily} statements of today on this node`,
        {
          hint: 'try again tomorrow, or ask the operator to make you a member',
        },
      )
    }
    this.today.set(issuer, used + 1)
  }
}

/** A party's first statement is issued under its key; the party is the statement itself. */
function issuerOf(statement: Statement): string {
  return statement.kind === 3 ? statement.id : statement.iss
}

/** Those who have something to answer or to accept. */
function partiesNamedBy(statement: Statement): string[] {
  if (statement.kind === 4) return (statement.payload.delegates ?? []).map(({ party }) => party)
  if (statement.kind === 5) {
    const { owner, coOwners, steward } = statement.payload
    return [owner, ...(coOwners ?? []), ...(steward === undefined ? [] : [steward])]
  }
  if (statement.kind === 7) return isReadable(statement.payload) ? partiesOfTerms(statement.payload) : []
  if (statement.kind === 9) return statement.payload.assignee === undefined ? [] : [statement.payload.assignee]
  if (statement.kind === 11) return statement.payload.lines.map(({ to }) => to)
  return statement.kind === 20 ? [statement.payload.respondent] : []
}

/** Those who are paid under terms, and those who may judge a dispute. */
function partiesOfTerms({ price, split, disputes }: Terms): string[] {
  const platform = price?.platform === undefined ? [] : [price.platform.party]
  return [...platform, ...(split ?? []).map(({ party }) => party), ...(disputes?.arbiters ?? [])]
}
