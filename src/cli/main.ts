/**
 * The program `tally`: runs when this file is loaded.
 */
import { EXIT } from './exit-codes.ts'
import { runProgram } from './program.ts'

// A reader that closes early (`tally ... | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? (process.exitCode ?? EXIT.done) : EXIT.failure)
  })
}

const interrupt = (): void => process.exit(EXIT.interrupted)
process.on('SIGINT', interrupt)

process.exitCode = await runProgram(process.argv.slice(2), () => process.off('SIGINT', interrupt))
