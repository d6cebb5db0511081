/** What `tally status` and `tally doctor` say about a disk that is low on space, and what to do. */
import type { DiskStatus } from '../node/api.ts'
import { formatBytes } from './format-bytes.ts'

/** @returns undefined while there is enough space */
export function describeLowDisk({
  freeBytes,
  leastFreeBytes,
  level,
  isBallastReleased,
}: DiskStatus): string | undefined {
  if (level === 'enough') return undefined
  const space = `${formatBytes(freeBytes)} free on the disk of the home, ${formatBytes(leastFreeBytes)} needed`
  const effect =
    level === 'low'
      ? 'No statements and files are taken; reading, serving and witnessing go on, and what was accepted gets its receipt.'
      : 'No statements and files are taken and nothing of others is stored, so that others may have to wait for this node; what it accepted itself gets its receipt.'
  const ballast = isBallastReleased ? ' The ballast was given up, and is made again by itself.' : ''
  return `${level === 'low' ? 'DISK LOW' : 'DISK NEARLY FULL'}: ${space}. ${effect}${ballast}`
}

export const LOW_DISK_FIX =
  'free some space on that disk: the node takes statements again by itself, without a restart. Where the limit is too high for this disk: leastFreeMb in node.yaml, and a new start'
