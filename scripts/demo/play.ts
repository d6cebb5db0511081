/**
 * Plays the story: statements are signed by whoever acts and submitted; the owner's through its own node, the buyers' over
 * libp2p, for they run no node. Each step waits for its receipt.
 */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { readPayloadFile } from '../../src/cli/yaml-payload.ts'
import { withRemoteNode } from '../../src/client/remote-node.ts'
import { fromHex } from '../../src/encoding/bytes.ts'
import type { CidText } from '../../src/encoding/cid.ts'
import { decodeStatement, prepareStatement, signStatement } from '../../src/statement/envelope.ts'
import type { PayloadByKind, ReadKind } from '../../src/statement/payload.ts'
import type { Usage } from '../../src/statement/usage.ts'
import { TERMS_PROFILE } from '../../src/statement/vocabulary.ts'
import { type DemoNetwork, type DemoNode, type DemoParty, newDemoParty } from './network.ts'
import type { Story, StoryStep, StoryUse } from './story.ts'

const WAIT_MS = 20_000

export interface PlayedUse {
  use: StoryUse
  id: CidText
  user: string
  expect: string
  says: string
}

export class Player {
  readonly uses: PlayedUse[] = []
  claim: CidText | undefined
  /** Unix seconds up to which things happened in the story: evidence must be fresher than this. */
  lastMoment = 0
  private readonly story: Story
  private readonly samples: URL
  private readonly home: DemoNode
  private readonly say: (line: string) => void
  private readonly parties = new Map<string, DemoParty>()
  private readonly ids = new Map<string, CidText>()

  constructor(story: Story, samples: URL, network: DemoNetwork, say: (line: string) => void) {
    const [home] = network.nodes
    if (home === undefined) throw new Error('the story names no node')
    this.story = story
    this.samples = samples
    this.home = home
    this.say = say
  }

  async play(): Promise<void> {
    for (const [name, party] of Object.entries(this.story.parties)) await this.introduce(name, party)
    for (const step of this.story.steps) {
      if (step.after === 'witnessed-second') await this.passSecond()
      await this.playStep(step)
    }
    const { use, by, allegation } = this.story.claim
    const accused = this.uses.find((played) => played.use.id === use)
    const respondent = this.story.steps.find((step) => step.use?.id === use)?.use?.by ?? ''
    this.claim = await this.record(by, 20, {
      respondent: this.party(respondent).id,
      use: this.id(`use ${use}`),
      allegation,
    })
    this.say(`  ${this.party(by).name} files a claim against ${accused?.user ?? respondent}`)
  }

  private async introduce(name: string, party: Story['parties'][string]): Promise<void> {
    if (party.node !== undefined) {
      this.parties.set(name, this.home.party)
      return
    }
    const made = newDemoParty(party.name, party.country, party.type, [this.home.origin])
    this.parties.set(name, made)
    await this.submit(name, made.statement)
    this.say(`  ${party.name} introduces itself (it runs no node)`)
  }

  private async playStep(step: StoryStep): Promise<void> {
    if (step.register !== undefined) await this.register(step.register)
    if (step.publish !== undefined) await this.publish(step.publish)
    if (step.grant !== undefined) await this.grant(step.grant)
    if (step.accept !== undefined) {
      const { grant, by } = step.accept
      this.ids.set(
        `acceptance ${grant}`,
        await this.record(by, 10, { grant: this.id(grant), terms: this.id(`terms of ${grant}`) }),
      )
      this.say(`  ${this.party(by).name} accepts grant ${grant}`)
    }
    if (step.start !== undefined) {
      const { run, by, grants } = step.start
      await this.record(by, 14, { run, grants: grants.map((grant) => this.id(grant)), actions: ['train'] })
      this.say(`  ${this.party(by).name} logs the start of run ${run}`)
    }
    if (step.use !== undefined) await this.use(step.use, step)
    if (step.revoke !== undefined) {
      await this.record('owner', 13, { target: this.id(step.revoke.grant), cause: step.revoke.cause })
      this.say(`  ${this.party('owner').name} revokes grant ${step.revoke.grant}`)
    }
  }

  private async register(id: string): Promise<void> {
    const dataset = this.story.datasets.find((candidate) => candidate.id === id)
    if (dataset === undefined) throw new Error(`the story has no dataset ${id}`)
    const { title, locales, task } = dataset
    const lineage = await this.record('owner', 5, {
      title,
      locales,
      task,
      owner: this.party('owner').id,
      logs: [this.home.origin],
    })
    this.ids.set(id, lineage)
    let prev: CidText | undefined
    for (const version of dataset.versions) {
      prev = await this.record('owner', 6, {
        lineage,
        label: version.label,
        archive: { sha256: fromHex(version.sha256), bytes: version.bytes },
        counts: {
          clips: version.clips,
          users: version.users,
          secondsTotal: Math.round(version.hoursTotal * 3600),
          secondsValid: Math.round(version.hoursValid * 3600),
        },
        ...(prev === undefined ? {} : { prev }),
      })
      this.ids.set(`${id} ${version.label}`, prev)
    }
    this.say(
      `  ${this.party('owner').name} registers ${title}, versions ${dataset.versions.map(({ label }) => label).join(' and ')}`,
    )
  }

  private async publish({ dataset, terms }: { dataset: string; terms: string }): Promise<void> {
    const file = this.story.terms[terms]?.file ?? ''
    const body = await readPayloadFile(fileURLToPath(new URL(file, this.samples)))
    const payload = { v: 1, profile: TERMS_PROFILE, lineage: this.id(dataset), ...body }
    this.ids.set(`terms ${dataset} ${terms}`, await this.record('owner', 7, payload))
    this.say(`  ${this.party('owner').name} publishes ${terms} terms for ${dataset}`)
  }

  private async grant({
    id,
    dataset,
    terms,
    to,
  }: {
    id: string
    dataset: string
    terms: string
    to?: string
  }): Promise<void> {
    const granted = this.id(`terms ${dataset} ${terms}`)
    this.ids.set(`terms of ${id}`, granted)
    this.ids.set(
      id,
      await this.record('owner', 9, { terms: granted, ...(to === undefined ? {} : { assignee: this.party(to).id }) }),
    )
    this.say(
      `  ${this.party('owner').name} grants ${id} to ${to === undefined ? 'anyone who accepts' : this.party(to).name}`,
    )
  }

  private async use(use: StoryUse, step: StoryStep): Promise<void> {
    const now = Math.floor(Date.now() / 1000)
    const payload = {
      run: use.run,
      actions: use.actions,
      purposes: use.purposes,
      commercial: use.commercial,
      from: now,
      to: now + 1,
      places: ['DE'],
      datasets: use.datasets.map(({ dataset, version, grant }) => ({
        version: this.id(`${dataset} ${version}`),
        grants: grant === undefined ? [] : [this.id(grant)],
      })),
      ...(use.model === undefined ? {} : { outputs: [{ name: use.model, sha256: digestOfName(use.model) }] }),
    }
    await this.passSecond()
    const id = await this.record(use.by, 15, payload as unknown as Usage)
    this.lastMoment = now + 1
    this.ids.set(`use ${use.id}`, id)
    this.uses.push({ use, id, user: this.party(use.by).name, expect: step.expect ?? '', says: step.says ?? '' })
    this.say(`  ${this.party(use.by).name} attests run ${use.run}`)
  }

  private async record<K extends ReadKind>(by: string, kind: K, payload: PayloadByKind[K]): Promise<CidText> {
    const { id, signer } = this.party(by)
    return this.submit(by, signStatement(prepareStatement(kind, payload, { iss: id }, signer.publicKey), signer))
  }

  private async submit(by: string, statement: Uint8Array): Promise<CidText> {
    const options = { wait: 'witnessed', timeoutMs: WAIT_MS } as const
    const isNodeOwner = this.story.parties[by]?.node !== undefined
    const result = isNodeOwner
      ? await this.home.control.submit(statement, options)
      : await withRemoteNode(await this.address(), WAIT_MS, (node) => node.submit(statement, options))
    if (result.state !== 'witnessed') throw new Error(`no receipt within ${WAIT_MS / 1000} s for a statement of ${by}`)
    return decodeStatement(statement).id
  }

  private async address(): Promise<string> {
    return (await this.home.control.status()).addresses[0] ?? ''
  }

  /** Cosignatures carry whole seconds: what must be later is signed in a later one. */
  private async passSecond(): Promise<void> {
    const from = Math.floor(Date.now() / 1000)
    while (Math.floor(Date.now() / 1000) <= from) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  private party(name: string): DemoParty {
    const party = this.parties.get(name)
    if (party === undefined) throw new Error(`the story has no party ${name}`)
    return party
  }

  private id(name: string): CidText {
    const id = this.ids.get(name)
    if (id === undefined) throw new Error(`the story refers to ${name} before it happens`)
    return id
  }
}

/** The demo has no model files; a digest stands for one. */
function digestOfName(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(name).digest())
}
