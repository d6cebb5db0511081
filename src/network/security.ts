/** The one place that names the secure channel: Noise XX as libp2p specifies it (libp2p specs, noise). */
import { noise } from '@chainsafe/libp2p-noise'
import type { ConnectionEncrypter } from '@libp2p/interface'

export function secureChannel(): (components: Parameters<ReturnType<typeof noise>>[0]) => ConnectionEncrypter {
  return noise()
}
