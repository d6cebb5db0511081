/**
 * The record of a verification: every check by name, with what it was about and how it ended. Checks go on after one
 * failed, so that an auditor sees all that is wrong.
 */
import type { ErrorCode } from '../errors.ts'
import { isLedgerError } from '../errors.ts'

export type StepName =
  | 'container'
  | 'genesis'
  | 'log-key'
  | 'notes'
  | 'entries'
  | 'inclusion'
  | 'index'
  | 'consistency'
  | 'fork'
  | 'cosignatures'
  | 'root-signatures'
  | 'statements'
  | 'cited-notes'
  | 'blobs'
  | 'terms'

export interface Step {
  readonly step: StepName
  /** The log, note or statement it was about; undefined for the whole bundle. */
  readonly subject?: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly code?: ErrorCode
  readonly message: string
}

export class StepRecorder {
  readonly steps: Step[] = []

  passed(step: StepName, subject: string | undefined, message: string): void {
    this.add('passed', step, subject, message)
  }

  skipped(step: StepName, subject: string | undefined, message: string): void {
    this.add('skipped', step, subject, message)
  }

  failed(step: StepName, subject: string | undefined, code: ErrorCode, message: string): void {
    this.add('failed', step, subject, message, code)
  }

  /** A check that threw; anything but our own error is a mistake of the program and goes on. */
  threw(step: StepName, subject: string | undefined, error: unknown): void {
    if (!isLedgerError(error)) throw error
    this.failed(step, subject, error.code, error.message)
  }

  get hasFailed(): boolean {
    return this.steps.some(({ outcome }) => outcome === 'failed')
  }

  private add(
    outcome: Step['outcome'],
    step: StepName,
    subject: string | undefined,
    message: string,
    code?: ErrorCode,
  ): void {
    this.steps.push({
      step,
      ...(subject === undefined ? {} : { subject }),
      outcome,
      ...(code === undefined ? {} : { code }),
      message,
    })
  }
}
