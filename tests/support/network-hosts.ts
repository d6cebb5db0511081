/** Hosts on free loopback ports for tests, stopped together. */
import { randomBytes } from 'node:crypto'
import { startHost } from '../../src/network/host.ts'
import type { Connection } from '../../src/network/connection.ts'
import type { Host, HostOptions } from '../../src/network/host.ts'

export interface Hosts {
  start(options?: Partial<HostOptions>): Promise<Host>
  stopAll(): Promise<void>
}

export function testHosts(): Hosts {
  const running: Host[] = []
  return {
    start: async (options = {}) => {
      const host = await startHost({
        seed: new Uint8Array(randomBytes(32)),
        listen: ['/ip4/127.0.0.1/tcp/0'],
        networkId: 'test',
        ...options,
      })
      running.push(host)
      return host
    },
    stopAll: async () => {
      await Promise.all(running.splice(0).map(async (host) => host.stop()))
    },
  }
}

export function addressOf(host: Host): string {
  const [address] = host.addresses()
  if (address === undefined) throw new Error('the host listens nowhere')
  return address
}

export async function connectHosts(from: Host, to: Host): Promise<Connection> {
  return from.connect(addressOf(to))
}
