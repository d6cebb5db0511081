/**
 * Announcements of new checkpoints: one gossipsub topic for the whole network, `/tallystick/<networkId>/heads/1`.
 *
 * Gossip is a hint: what it announces is fetched and verified by request. Messages are unsigned (their content carries
 * the log's signature), named by their hash, and forwarded only after the node's validator accepted them. One topic
 * however many logs: thousands of topics lose messages without an error.
 */
import { createHash } from 'node:crypto'
import { gossipsub } from '@libp2p/gossipsub'
import { createTopicScoreParams } from '@libp2p/gossipsub/score'
import { asPeerError } from './peer-error.ts'
import type { GossipSub, GossipSubComponents, Message, TopicValidatorFn, TopicValidatorResult } from '@libp2p/gossipsub'
import type { PeerId } from '@libp2p/interface'

/** Accept: true and new, forwarded. Ignore: of no use to us. Reject: no honest peer sends it; costs the sender score. */
export type Judgement = 'accept' | 'ignore' | 'reject'
export type AnnouncementListener = (announcement: Uint8Array, fromPeerId: string) => Judgement | Promise<Judgement>

export const MAX_ANNOUNCEMENT_BYTES = 4_096
/** A whole gossip message: an announcement, its topic, and control messages with it. */
const MAX_RPC_BYTES = 16 << 10

export function headsTopic(networkId: string): string {
  return `/tallystick/${networkId}/heads/1`
}

export function createGossip(topic: string): (components: GossipSubComponents) => GossipSub {
  return gossipsub({
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: messageId,
    allowedTopics: [topic],
    maxInboundDataLength: MAX_RPC_BYTES,
    maxOutboundBufferSize: 1 << 20,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    emitSelf: false,
    doPX: false,
    floodPublish: true,
    scoreParams: {
      // Members behind one address, and whole networks on one machine, are no attack.
      IPColocationFactorWeight: 0,
      // Without parameters for the topic, invalid messages would cost nothing. No message rate is expected.
      topics: { [topic]: topicScore() },
    },
  })
}

function topicScore(): ReturnType<typeof createTopicScoreParams> {
  return createTopicScoreParams({
    topicWeight: 1,
    meshMessageDeliveriesWeight: 0,
    meshFailurePenaltyWeight: 0,
    invalidMessageDeliveriesWeight: -10,
    invalidMessageDeliveriesDecay: 0.9,
  })
}

function messageId(message: Message): Uint8Array {
  return new Uint8Array(createHash('sha256').update(message.topic, 'utf8').update(message.data).digest())
}

/** What the library keeps to itself. */
interface Inside {
  readonly allowedTopics: Set<string>
  readonly opts: { readonly scoreParams: { readonly topics: Record<string, ReturnType<typeof topicScore>> } }
}

export class Announcements {
  private readonly pubsub: GossipSub
  private topic: string
  private listener: AnnouncementListener = () => 'ignore'

  constructor(pubsub: GossipSub, topic: string) {
    this.pubsub = pubsub
    this.topic = topic
    pubsub.topicValidators.set(topic, this.validate)
  }

  /** Once the host has started. Every node subscribes: those that do not would not pass announcements on. */
  subscribe(): void {
    this.pubsub.subscribe(this.topic)
  }

  /**
   * Leaves the topic for another, before any peer of that network is connected: what they subscribe to is told once.
   *
   * The library takes its list of allowed topics at its start and shows no way to change it; without the list a stranger
   * could make it remember any number of topics. So the list itself is changed, and a test holds that this works.
   */
  moveTo(topic: string): void {
    if (topic === this.topic) return
    this.pubsub.unsubscribe(this.topic)
    this.pubsub.topicValidators.delete(this.topic)
    const { allowedTopics, opts } = this.pubsub as unknown as Inside
    allowedTopics.add(topic)
    allowedTopics.delete(this.topic)
    opts.scoreParams.topics[topic] = topicScore()
    this.pubsub.topicValidators.set(topic, this.validate)
    this.topic = topic
    this.pubsub.subscribe(topic)
  }

  listen(listener: AnnouncementListener): void {
    this.listener = listener
  }

  /** @throws RangeError when the announcement is too large: peers would drop it without a word */
  async publish(announcement: Uint8Array): Promise<void> {
    if (announcement.length > MAX_ANNOUNCEMENT_BYTES)
      throw new RangeError(`announcement of ${announcement.length} bytes`)
    try {
      await this.pubsub.publish(this.topic, announcement)
    } catch (error) {
      throw asPeerError(error, 'publishing an announcement')
    }
  }

  private readonly validate: TopicValidatorFn = async (peer: PeerId, message: Message) => {
    if (message.data.length > MAX_ANNOUNCEMENT_BYTES) return result('reject')
    try {
      return result(await this.listener(message.data, peer.toString()))
    } catch {
      // A fault of ours is no reason to punish the sender.
      return result('ignore')
    }
  }
}

/** The library's enum has the same words as values, but is a nominal type. */
function result(judgement: Judgement): TopicValidatorResult {
  return judgement as TopicValidatorResult
}
