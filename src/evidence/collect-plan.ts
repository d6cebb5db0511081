/**
 * Which logs the evidence for a question needs whole: those that the statements bearing on it name as the place where
 * revocations, key events and answers count (docs/terms.md, "named logs"). Pure: whoever collects asks again with the
 * statements of the logs it then fetched, until nothing new is named.
 */
import { equalBytes } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { isCid } from '../encoding/cid.ts'
import type { Statement } from '../statement/envelope.ts'
import { references } from '../statement/references.ts'
import type { Question } from '../terms/view.ts'

/** @returns origins, in order of text */
export function planLogs(statements: readonly Statement[], question: Question): string[] {
  const origins = new Set<string>()
  for (const statement of reachable(statements, question))
    for (const origin of originsNamedBy(statement)) origins.add(origin)
  return [...origins].toSorted(compareText)
}

/** The statements that bear on the question, among those given. */
export function reachable(statements: readonly Statement[], question: Question): Statement[] {
  const byId = new Map(statements.map((statement) => [statement.id, statement]))
  const answers = groupBySubject(statements)
  const reached = new Set<Statement>()
  const open = startsOf(statements, question)
  for (let statement = open.pop(); statement !== undefined; statement = open.pop()) {
    if (reached.has(statement)) continue
    reached.add(statement)
    for (const id of namedBy(statement)) {
      const named = byId.get(id)
      if (named !== undefined) open.push(named)
    }
    open.push(...(answers.get(statement.id) ?? []), ...makersOf(statements, statement))
  }
  return statements.filter((statement) => reached.has(statement))
}

function startsOf(statements: readonly Statement[], question: Question): Statement[] {
  if ('use' in question) return statements.filter(({ id }) => id === question.use)
  if ('claim' in question) return statements.filter(({ id }) => id === question.claim)
  if ('grants' in question) return statements.filter(({ id }) => question.grants.includes(id))
  return statements.filter((statement) => concernsModel(statement, question.model))
}

function concernsModel(statement: Statement, model: Uint8Array): boolean {
  if (statement.kind === 20) return statement.payload.model !== undefined && equalBytes(statement.payload.model, model)
  return makesModel(statement, model)
}

function makesModel(statement: Statement, model: Uint8Array): boolean {
  return statement.kind === 15 && (statement.payload.outputs ?? []).some(({ sha256 }) => equalBytes(sha256, model))
}

/** What it rests on: everything it refers to, and the party that issued it. */
function namedBy(statement: Statement): CidText[] {
  const named = references(statement).flatMap((reference) => (reference.type === 2 ? [] : [reference.subject]))
  return isCid(statement.iss) ? [...named, statement.iss] : named
}

/** The statements that change or answer another: they are found from what they name, not from what names them. */
function groupBySubject(statements: readonly Statement[]): Map<CidText, Statement[]> {
  const groups = new Map<CidText, Statement[]>()
  for (const statement of statements) {
    for (const subject of answered(statement)) {
      const group = groups.get(subject)
      if (group === undefined) groups.set(subject, [statement])
      else group.push(statement)
    }
  }
  return groups
}

/** Kinds that say something about what they name: found from there. Of the others only a successor counts. */
const ANSWERING: ReadonlySet<number> = new Set([10, 11, 12, 13, 14, 16, 18, 19, 20, 21, 22, 23, 24, 25])

function answered(statement: Statement): readonly CidText[] {
  if (statement.kind !== undefined && ANSWERING.has(statement.kind))
    return references(statement).flatMap((reference) => (reference.type === 1 ? [reference.subject] : []))
  const isSuccessor = statement.kind === 4 || statement.kind === 7 || statement.kind === 15 || statement.kind === 17
  const prev = isSuccessor ? statement.payload.prev : undefined
  return prev === undefined ? [] : [prev]
}

/** Usages that made the models this one started from, and those that made the model a claim is about. */
function makersOf(statements: readonly Statement[], statement: Statement): Statement[] {
  const models = statement.kind === 15 ? (statement.payload.parents ?? []) : []
  const claimed = statement.kind === 20 && statement.payload.model !== undefined ? [statement.payload.model] : []
  const wanted = [...models, ...claimed]
  return wanted.length === 0 ? [] : statements.filter((other) => wanted.some((model) => makesModel(other, model)))
}

function originsNamedBy(statement: Statement): readonly string[] {
  if (statement.kind === 3 || statement.kind === 5) return statement.payload.logs
  if (statement.kind === 9) return statement.payload.logs ?? []
  return statement.kind === 10 && statement.payload.log !== undefined ? [statement.payload.log] : []
}

/** By UTF-16 code units, never by locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
