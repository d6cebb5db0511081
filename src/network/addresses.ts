/**
 * Addresses as a person writes them: multiaddrs, looked at before anything is made that relies on them.
 */
import { multiaddr } from '@multiformats/multiaddr'

const HOSTS: ReadonlySet<string> = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6'])

/** Whether it says a host and a TCP port, as `/ip4/0.0.0.0/tcp/4001` does: what this program can listen on or dial. */
export function isTcpAddress(text: string): boolean {
  try {
    const names = multiaddr(text)
      .getComponents()
      .map(({ name }) => name)
    return names.some((name) => HOSTS.has(name)) && names.includes('tcp')
  } catch {
    return false
  }
}
