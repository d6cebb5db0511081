/** A peer without our rules: plain libp2p streams, for tests that misbehave on purpose. */
import { noise } from '@chainsafe/libp2p-noise'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'

export interface RawPeer {
  readonly node: Libp2p
  address(): string
  dial(address: string): Promise<Connection>
  open(address: string, protocolId: string): Promise<Stream>
  stop(): Promise<void>
}

export async function startRawPeer(): Promise<RawPeer> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  })
  return {
    node,
    address: () => String(node.getMultiaddrs()[0]),
    dial: async (address) => node.dial(multiaddr(address)),
    open: async (address, protocolId) =>
      (await node.dial(multiaddr(address))).newStream(protocolId, { maxOutboundStreams: 100 }),
    stop: async () => {
      await node.stop()
    },
  }
}
