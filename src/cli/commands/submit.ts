/** `tally submit FILE.cose`: hands a statement that was signed elsewhere to a node. */
import type { Command } from 'commander'
import { LedgerError, isLedgerError } from '../../errors.ts'
import { MAX_STATEMENT_BYTES, type Statement, decodeStatement } from '../../statement/envelope.ts'
import type { Act } from '../context.ts'
import { inFile, readInput } from '../files.ts'
import { report, submitStatement } from '../submission.ts'

/** A field out of bounds is no slip of whoever submits: in a file that was signed, bytes have changed since. */
function readSigned(bytes: Uint8Array): Statement {
  try {
    return decodeStatement(bytes)
  } catch (error) {
    if (!isLedgerError(error, 'SCHEMA_INVALID')) throw error
    throw new LedgerError('STATEMENT_MALFORMED', `not a statement of this ledger: ${error.message}`, { cause: error })
  }
}

export function configure(command: Command, act: Act): void {
  command
    .argument('<file>', 'the signed statement; - for standard input')
    .option('--receipt <file>', 'save the COSE receipt here, as -o does')
    .action(
      act(async (context, [file = '']) => {
        const bytes = await readInput(file, MAX_STATEMENT_BYTES)
        // Nothing is sent that could not be admitted anyway: the fault is told here, with its own exit code.
        const { id, kindName, iss } = await inFile(file, 'a signed statement, as it was written', () =>
          readSigned(bytes),
        )
        if (context.options.isSet('dryRun')) {
          context.output.result(
            'dry-run',
            { id, kind: kindName ?? null, iss },
            `${kindName ?? 'statement'} ${id} by ${iss}; nothing was sent (--dry-run)`,
          )
          return 0
        }
        return report(
          context,
          await submitStatement(context, bytes),
          context.options.text('receipt') ?? context.options.text('out'),
        )
      }),
    )
}
