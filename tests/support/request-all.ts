import type { Body, Host } from '../../src/network/host.ts'
import type { Connection } from '../../src/network/connection.ts'
import type { Protocol } from '../../src/network/protocol.ts'
import type { RequestOptions } from '../../src/network/request.ts'

/** The response frames, once all have come. */
export async function requestAll(
  host: Host,
  target: Connection | string,
  protocol: Protocol,
  body: Body,
  options?: RequestOptions,
): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = []
  for await (const frame of host.request(target, protocol, body, options)) frames.push(frame)
  return frames
}
