/** The parts of a running node, as wire.ts wires them and node-api.ts uses them. */
import type { Host } from '../network/host.ts'
import type { PeerKeeper } from '../network/peers.ts'
import type { BlobStore } from '../storage/blob-store.ts'
import type { Store } from '../storage/store.ts'
import type { NodeState } from './api.ts'
import type { ClaimKeeper } from './claim-keeper.ts'
import type { ClaimTable } from './claim-table.ts'
import type { Clock } from './clock.ts'
import type { DiskGuard } from './disk-guard.ts'
import type { Follower } from './follower.ts'
import type { ForkKeeper } from './fork-keeper.ts'
import type { HeadSequence } from './heads.ts'
import type { NodeHome } from './home.ts'
import type { IndexFaults } from './index-faults.ts'
import type { Intake } from './intake.ts'
import type { KeyDirectory } from './key-directory.ts'
import type { LogRegistry, OpenedLog } from './log-registry.ts'
import type { Membership } from './membership.ts'
import type { News } from './news.ts'
import type { OwnLog } from './own-log.ts'
import type { PeerNetworks } from './peer-networks.ts'
import type { Sequencer } from './sequencer.ts'
import type { StatementChecker } from './statement-checker.ts'
import type { Witness } from './witness.ts'

export interface NodeParts {
  readonly home: NodeHome
  readonly store: Store
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly disk: DiskGuard
  readonly instance: Uint8Array
  readonly logs: LogRegistry
  readonly forks: ForkKeeper
  readonly indexFaults: IndexFaults
  readonly heads: HeadSequence
  readonly claims: ClaimTable
  readonly keys: KeyDirectory
  readonly checker: StatementChecker
  readonly membership: Membership
  readonly own: OwnLog
  readonly host: Host
  readonly peers: PeerKeeper
  readonly networks: PeerNetworks
  readonly openLog: (origin: string) => Promise<OpenedLog>
  readonly witness: Witness
  readonly keeper: ClaimKeeper
  follower: Follower
  sequencer: Sequencer
  intake: Intake
  news: News
  /** Told when a checkpoint of the own log is published. */
  api?: { published(size: number): void }
  /** Why following a log failed last, by origin. */
  readonly failures: Map<string, string>
  state: { name: NodeState; reason?: string }
}
