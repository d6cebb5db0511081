/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), four bytes at a time; Node has only the CRC-32 of zip.
 */
const POLYNOMIAL = 0x82f63b78

/** TABLES[k][b]: the checksum of byte b followed by k zero bytes. */
const TABLES: readonly Uint32Array[] = makeTables()

export function crc32c(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let crc = 0xffff_ffff
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    crc ^= view.getUint32(at, true)
    crc =
      (t3[crc & 255] as number) ^
      (t2[(crc >>> 8) & 255] as number) ^
      (t1[(crc >>> 16) & 255] as number) ^
      (t0[crc >>> 24] as number)
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (t0[(crc ^ view.getUint8(at)) & 255] as number)
  return (crc ^ 0xffff_ffff) >>> 0
}

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    return crc
  })
  const tables = [first]
  for (let k = 1; k < 4; k++) {
    const before = tables[k - 1] as Uint32Array
    tables.push(before.map((crc) => (crc >>> 8) ^ (first[crc & 255] as number)))
  }
  return tables
}

/** LevelDB masks stored checksums, so that a checksum over bytes that hold one stays strong. */
export function unmaskCrc(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}
