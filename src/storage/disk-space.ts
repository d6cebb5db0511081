/**
 * How much space the disk that holds a home has left, and how much a node leaves to others on it (docs/guarantees.md,
 * "Disk").
 */
import { statfs } from 'node:fs/promises'

export interface DiskSpace {
  /** What this user can still write. */
  freeBytes: number
  /** 0 where the file system does not tell, as some network file systems: then nothing is known about the rest either. */
  totalBytes: number
}

const LEAST_FREE_BYTES = 512_000_000
/** Of the disk: a twentieth. */
const LEAST_FREE_SHARE = 1 / 20

export async function readDiskSpace(path: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(path)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

/** @param configuredMb `leastFreeMb` of node.yaml, which then counts alone */
export function leastFreeBytes(totalBytes: number, configuredMb: number | undefined): number {
  if (configuredMb !== undefined) return configuredMb * 1_000_000
  return Math.max(LEAST_FREE_BYTES, Math.floor(totalBytes * LEAST_FREE_SHARE))
}
