/** A disk that is soon full. */
import { execFileSync } from 'node:child_process'

/** Mounts a small file system in memory, or returns false where that is not permitted. */
export function mountMemory(directory: string, sizeKib: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKib}k`, 'tmpfs', directory], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
