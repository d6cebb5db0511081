/**
 * The program `tally`: runs when this file is loaded.
 */
import { errorStyle, printError, unwritableOutput } from './error-output.ts'
import { EXIT } from './exit-codes.ts'
import { runProgram } from './program.ts'

const args = process.argv.slice(2)

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that closes early (`tally ... | head`) is no error.
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done)
  process.exit(printError(unwritableOutput(error), errorStyle(args)))
})
// Where stderr is gone, nothing can be said any more.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? (process.exitCode ?? EXIT.done) : EXIT.failure)
})

const interrupt = (): void => process.exit(EXIT.interrupted)
process.on('SIGINT', interrupt)

process.exitCode = await runProgram(args, () => process.off('SIGINT', interrupt))
// All that was opened is closed, but libp2p leaves timers behind that would hold the process for another second. Where
// something could not be written, the handlers above end it.
process.stdout.write('', (unwritten) => {
  if (!unwritten)
    process.stderr.write('', (unsaid) => {
      if (!unsaid) process.exit()
    })
})
