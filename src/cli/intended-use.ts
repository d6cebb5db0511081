/**
 * What somebody intends to do, from flags: the same words in `grant check`, `grant request` and `lock`.
 */
import type { Command } from 'commander'
import type { LockedUse } from './lock-file.ts'
import type { Options } from './options.ts'
import { repeated } from './flags.ts'

export function addUseFlags(command: Command): Command {
  return addRequestFlags(command)
    .option('--capability <word>', 'of the model, such as voice-clone; may be repeated', repeated)
    .option('--openness <word>', 'of the model, such as weights')
}

/** Of a model that nobody has made yet, a request says nothing. */
export function addRequestFlags(command: Command): Command {
  return command
    .option('--use <action>', 'what is intended, such as train-generative; may be repeated', repeated)
    .option('--purpose <purpose>', 'such as research; may be repeated', repeated)
    .option('--commercial', 'the use is commercial')
    .option('--no-commercial', 'the use is not commercial')
    .option('--place <region>', 'where data is processed; may be repeated', repeated)
    .option('--project <id>', 'the project, as its grant names it')
}

/** The schema of a usage has the last word on what stands here. */
export function useFromFlags(options: Options): LockedUse {
  const use: Record<string, unknown> = {}
  for (const [flag, field] of [
    ['use', 'actions'],
    ['purpose', 'purposes'],
    ['place', 'places'],
    ['capability', 'capabilities'],
  ] as const) {
    if (options.list(flag).length > 0) use[field] = options.list(flag)
  }
  if (options.isSet('commercial')) use['commercial'] = true
  if (options.isOff('commercial')) use['commercial'] = false
  for (const flag of ['project', 'openness'] as const) {
    if (options.text(flag) !== undefined) use[flag] = options.text(flag)
  }
  return use
}
