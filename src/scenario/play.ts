/**
 * Plays a scenario through the real pipeline: statements are signed, logged, and witnessed day by day; for each question
 * the evidence is put into a bundle, encoded, and verified under the scenario's policy like any stranger's bundle.
 */
import { type CidText, cidOf } from '../encoding/cid.ts'
import { LedgerError, isLedgerError } from '../errors.ts'
import { encodeBundle } from '../evidence/bundle.ts'
import { collect, replayOf } from '../evidence/collect.ts'
import type { EvidenceLog } from '../evidence/evidence-log.ts'
import { type LogSource, prepareBundle } from '../evidence/prepare-bundle.ts'
import type { Report } from '../evidence/report.ts'
import { verifyBundle } from '../evidence/verify.ts'
import { ED25519_COSIGNATURE, formatVerifierKey, verifierKey } from '../note/verifier-key.ts'
import { formatDuration } from '../encoding/time.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { didKey } from '../signing/key.ts'
import type { Signer } from '../signing/signer.ts'
import { type PreparedStatement, prepareEnvelope, prepareStatement, signStatement } from '../statement/envelope.ts'
import type { PayloadByKind, ReadKind } from '../statement/payload.ts'
import { EVALUATOR_VERSION, foundOutcomes } from '../terms/finding.ts'
import { OUTCOMES } from '../terms/verdict.ts'
import type { Question } from '../terms/view.ts'
import { type Compared, compareExpectation } from './compare.ts'
import { scenarioError, wordOf } from './fields.ts'
import { type ScenarioLog as Log, ScenarioLog, type Witness, witnessKey } from './scenario-log.ts'
import type { Expectation, Scenario, ScenarioParty, Step } from './scenario.ts'
import { type ScenarioTools, World } from './world.ts'
import { LOG_ORIGIN, writeStep } from './write-step.ts'
import { dropUndefined, writeTerms } from './write-terms.ts'

export interface PlayTools extends ScenarioTools {
  readonly verifier: SignatureVerifier
  /** How the logs travel as evidence; left out: as small as they can. */
  readonly form?: 'whole' | 'parts'
}

export interface PlayedScenario {
  readonly title: string
  readonly policy: string
  readonly results: readonly (Compared & { readonly bundle: Uint8Array; readonly report: Report })[]
}

const OTHER_ORIGIN = 'elsewhere.example/tally/1'

/** @throws LedgerError SCENARIO_INVALID when the file says something that cannot be */
export async function playScenario(scenario: Scenario, tools: PlayTools): Promise<PlayedScenario> {
  const play = new Play(scenario, tools)
  await play.run()
  const answers = new Map<string, { bundle: Uint8Array; report: Report }>()
  const results: (Compared & { bundle: Uint8Array; report: Report })[] = []
  for (const expectation of scenario.expect) {
    const question = play.questionOf(expectation)
    const key = JSON.stringify(expectation.about, ['use', 'claim', 'model'])
    const known = answers.get(key) ?? (await play.ask(question, scenario.now))
    answers.set(key, known)
    results.push({ ...compareExpectation(play.world, expectation, known.report), ...known })
  }
  return { title: scenario.title, policy: play.policy(), results }
}

class Play {
  readonly world: World
  readonly #scenario: Scenario
  readonly #tools: PlayTools
  readonly #log: Log
  readonly #other: Log
  #isOtherUsed = false
  readonly #witnesses: readonly Witness[]
  /** Reads every log whole, and vouches for its index. */
  readonly #mirror: Witness
  /** The note of each day, cosigned. */
  readonly #notes = new Map<number, Uint8Array>()

  constructor(scenario: Scenario, tools: PlayTools) {
    this.#scenario = scenario
    this.#tools = tools
    const world = new World(tools, scenario.start)
    this.world = world
    this.#witnesses = Array.from({ length: scenario.policy.witnesses }, (_, i) => ({
      name: `witness-${i + 1}.example/witness`,
      signer: world.signer('witness', String(i + 1)),
    }))
    this.#mirror = { name: 'mirror.example/mirror', signer: world.signer('mirror') }
    this.#log = this.#newLog(LOG_ORIGIN)
    this.#other = this.#newLog(OTHER_ORIGIN)
    this.#openLog(this.#log, 'the keeper of the log')
    this.#openLog(this.#other, 'the keeper of another log')
  }

  #newLog(origin: string): Log {
    const signer = this.world.signer('log', origin)
    return new ScenarioLog(origin, signer, this.#witnesses, this.#mirror, this.#tools.sha256)
  }

  /** Entries 0 and 1: who keeps the log, and with which keys. */
  #openLog(log: Log, name: string): void {
    const signer = this.world.signer('operator', log.origin)
    const inception = this.#sign(
      3,
      { v: 1, name, keys: [signer.publicKey], threshold: 1, logs: [log.origin] },
      didKey(signer.publicKey),
      signer,
    )
    const id = cidOf(inception)
    const key = (role: string): string =>
      formatVerifierKey(
        verifierKey(
          `${log.origin.split('/')[0]}/${role}`,
          ED25519_COSIGNATURE,
          this.world.signer(role, log.origin).publicKey,
        ),
      )
    const genesis = this.#sign(
      1,
      {
        v: 1,
        origin: log.origin,
        operator: id,
        logKey: log.key,
        witnessKey: key('witness'),
        mirrorKey: key('mirror'),
        admission: { mode: 'open' },
      },
      id,
      signer,
    )
    log.append(genesis)
    log.append(inception)
  }

  async run(): Promise<void> {
    this.#register()
    const { lastSeen } = this.#scenario
    const steps = this.#scenario.steps.toSorted((a, b) => a.at - b.at)
    const isOtherNeeded = steps.some((step) => step.isInOtherLog)
    let next = 0
    for (let day = 0; day <= lastSeen; day++) {
      for (let step = steps[next]; step !== undefined && step.at === day; step = steps[++next]) await this.#play(step)
      this.#notes.set(day, this.#log.publish(this.world.time(day)))
      if (isOtherNeeded) this.#other.publish(this.world.time(day))
    }
    // Steps after the last checkpoint happen, and nobody has seen them yet.
    for (let step = steps[next]; step !== undefined; step = steps[++next]) await this.#play(step)
  }

  #register(): void {
    const { parties, partySets, datasets, terms } = this.#scenario
    const open = new Map(parties)
    while (open.size > 0) {
      const size = open.size
      for (const [name, party] of open) {
        if ((party.recovery?.of ?? []).some((other) => open.has(other))) continue
        open.delete(name)
        this.#registerParty(name, party)
      }
      if (open.size === size)
        throw scenarioError(`parties.${[...open.keys()][0]}.recovery`, 'parties name each other in a circle')
    }
    for (const [name, { by, members }] of partySets) {
      const path = `partySets.${name}`
      const payload = { members: members.map((member, i) => this.world.party(member, `${path}.members[${i}]`)) }
      this.world.partySets.set(name, this.#record(path, by, 17, payload))
    }
    for (const [name, dataset] of datasets) {
      const path = `datasets.${name}`
      const payload = dropUndefined({
        title: name,
        owner: this.world.party(dataset.owner, `${path}.owner`),
        coOwners: dataset.coOwners?.map((party, i) => this.world.party(party, `${path}.coOwners[${i}]`)),
        steward: dataset.steward === undefined ? undefined : this.world.party(dataset.steward, `${path}.steward`),
        locales: ['und'],
        externalIds: dataset.externalIds,
        logs: [LOG_ORIGIN],
      }) as PayloadByKind[5]
      const lineage = this.#record(path, dataset.owner, 5, payload)
      for (const other of dataset.coOwners ?? []) this.#record(path, other, 5, payload)
      const versions = new Map<string, CidText>()
      this.world.datasets.set(name, { lineage, owner: dataset.owner, versions })
      let prev: CidText | undefined
      for (const label of dataset.versions) {
        prev = this.#record(path, dataset.owner, 6, { lineage, label, ...(prev === undefined ? {} : { prev }) })
        versions.set(label, prev)
      }
    }
    for (const [name, value] of terms) {
      const path = `terms.${name}`
      const owner = this.#ownerOf(value)
      if (owner === undefined) throw scenarioError(`${path}.dataset`, 'names no dataset of this scenario')
      this.#keep(path, name, this.#termsStatement(path, owner, undefined, value, {}), 'terms', datasetOf(value))
    }
  }

  #registerParty(name: string, party: ScenarioParty): void {
    const path = `parties.${name}`
    const signer = this.world.signer(name, 'key1')
    const payload = dropUndefined({
      v: 1 as const,
      name,
      type: party.kind,
      country: party.country,
      keys: [signer.publicKey],
      threshold: 1,
      recovery:
        party.recovery === undefined
          ? undefined
          : {
              of: party.recovery.of.map((other, i) => this.world.party(other, `${path}.recovery.of[${i}]`)),
              k: party.recovery.k,
            },
      logs: [LOG_ORIGIN],
    }) as PayloadByKind[3]
    const bytes = guarded(path, () => this.#sign(3, payload, didKey(signer.publicKey), signer))
    const id = cidOf(bytes)
    this.#log.append(bytes)
    this.world.parties.set(name, { id, keys: new Map([['key1', signer]]), newest: 'key1', last: id })
  }

  #ownerOf(terms: unknown): string | undefined {
    const dataset = this.world.datasets.get(datasetOf(terms) ?? '')
    return dataset?.owner
  }

  async #play(step: Step): Promise<void> {
    const { world } = this
    const path = step.fields.path
    world.partyState(step.by, step.fields.at('by'))
    const seen = step.seen === undefined ? undefined : this.#notes.get(step.seen)
    if (step.seen !== undefined && seen === undefined)
      throw scenarioError(step.fields.at('seen'), `the checkpoint of day ${step.seen} does not exist yet`)
    const claimed = dropUndefined({
      iat: step.claimed === undefined ? undefined : world.time(step.claimed),
      seen: seen === undefined ? undefined : this.#tools.sha256(seen),
    })
    if (step.do === 'terms') {
      const body = step.fields.required('body', (value) => value)
      const prev = step.fields.optional('prev', (name, at) => world.statement(name, at, 'terms').id)
      step.fields.close()
      const bytes = this.#termsStatement(`${path}.body`, step.by, step.key, body, dropUndefined({ prev, ...claimed }))
      this.#keep(path, step.id, bytes, step.do, datasetOf(body), step)
      return
    }
    if (step.do === 'finding') {
      const payload = await this.#finding(step)
      this.#keep(
        path,
        step.id,
        this.#signAs(path, step.by, step.key, 22, { ...payload, ...claimed }),
        step.do,
        undefined,
        step,
      )
      return
    }
    const written = writeStep(world, step)
    const payload = { ...written.payload, ...claimed }
    const statements = (written.signers ?? [step.by]).map((signer) =>
      this.#signAs(path, signer, written.signers === undefined ? step.key : undefined, written.kind, payload as never),
    )
    for (const bytes of statements) this.#keep(path, step.id, bytes, step.do, written.refersTo, step)
    const first = statements[0]
    if (first === undefined) return
    if (written.version !== undefined)
      world.datasets.get(written.version.dataset)?.versions.set(written.version.label, cidOf(first))
    if (step.do === 'party-set' && step.id !== undefined) world.partySets.set(step.id, cidOf(first))
    if (step.do === 'party-update' && !step.isForked) {
      const state = world.partyState(step.by, path)
      state.last = cidOf(first)
      if (written.nextKey !== undefined) state.newest = written.nextKey
    }
  }

  /** What an arbiter would find on the evidence of the day before. */
  async #finding(step: Step): Promise<PayloadByKind[22]> {
    const claim = step.fields.required('claim', (name, at) => this.world.statement(name, at, 'claim').id)
    const outcome = step.fields.optional('outcome', wordOf(OUTCOMES))
    const contradicts = step.fields.list('contradicts', (name, at) => this.world.statement(name, at, 'usage').id)
    step.fields.close()
    const day = Math.max(0, step.at - 1)
    // Whole logs, so that what the arbiter names does not depend on how the evidence travels afterwards.
    const { bundle, report } = await this.ask({ claim }, day, 'whole')
    const checkpoints = report.logs.map(({ origin, size }) => ({ origin, size }))
    const outcomes = foundOutcomes(report.verdict?.uses ?? [])
    // A story may have the arbiter say something else than what the evidence gives.
    const said =
      outcome === undefined
        ? outcomes
        : outcomes.map(({ use, version, reasons }) => dropUndefined({ use, version, outcome, reasons }))
    return {
      claim,
      bundle: cidOf(bundle),
      evaluator: EVALUATOR_VERSION,
      instant: this.world.time(day),
      checkpoints,
      outcomes: said,
      ...(contradicts === undefined ? {} : { contradicts }),
    }
  }

  #termsStatement(
    path: string,
    by: string,
    key: string | undefined,
    value: unknown,
    claimed: { prev?: CidText; iat?: number; seen?: Uint8Array },
  ): Uint8Array {
    const written = writeTerms(this.world, value, path, claimed)
    const name = key ?? this.world.partyState(by, path).newest
    const signer = this.world.keyOf(by, name)
    const iss = this.world.party(by, path)
    const prepare = (): PreparedStatement =>
      written.isForeign
        ? prepareEnvelope(7, written.payloadBytes, { iss, sub: written.lineage }, signer.publicKey)
        : prepareStatement(7, written.payload, { iss }, signer.publicKey)
    const bytes = guarded(path, () => signStatement(prepare(), signer))
    if (!written.isForeign && written.currency !== undefined) this.world.currencies.set(cidOf(bytes), written.currency)
    return bytes
  }

  #signAs<K extends ReadKind>(
    path: string,
    by: string,
    key: string | undefined,
    kind: K,
    payload: PayloadByKind[K],
  ): Uint8Array {
    const state = this.world.partyState(by, `${path}.by`)
    const signer = this.world.keyOf(by, key ?? state.newest)
    return guarded(path, () => this.#sign(kind, payload, state.id, signer))
  }

  #sign<K extends ReadKind>(kind: K, payload: PayloadByKind[K], iss: string, signer: Signer): Uint8Array {
    return signStatement(prepareStatement(kind, payload, { iss }, signer.publicKey), signer)
  }

  #record<K extends ReadKind>(path: string, by: string, kind: K, payload: PayloadByKind[K]): CidText {
    const bytes = this.#signAs(path, by, undefined, kind, payload)
    this.#log.append(bytes)
    return cidOf(bytes)
  }

  #keep(
    path: string,
    name: string | undefined,
    bytes: Uint8Array,
    kind: string,
    refersTo: string | undefined,
    step?: Step,
  ): void {
    const isSeen = step === undefined || step.at <= this.#scenario.lastSeen
    if (isSeen && step?.isInOtherLog === true) {
      this.#other.append(bytes)
      this.#isOtherUsed = true
    } else if (isSeen && step?.isForked === true) this.#log.appendForked(bytes)
    else if (isSeen) this.#log.append(bytes)
    if (name === undefined) return
    const id = cidOf(bytes)
    const known = this.world.made.get(name)
    // Several signers of one act share its name: the first stands for it.
    if (known !== undefined && known.do === kind && step?.fields.path === path && known.path === path) return
    if (known !== undefined) throw scenarioError(`${path}.id`, `"${name}" is the name of an earlier statement`)
    this.world.made.set(name, { id, do: kind, bytes, path, ...(refersTo === undefined ? {} : { refersTo }) })
    const currency = this.world.currencies.get(id)
    if (currency !== undefined) this.world.currencies.set(name, currency)
  }

  questionOf({ about, path }: Expectation): Question {
    if ('use' in about) return { use: this.world.statement(about.use, `${path}.use`, 'usage').id }
    if ('claim' in about) return { claim: this.world.statement(about.claim, `${path}.claim`, 'claim').id }
    return { model: this.world.model(about.model, `${path}.model`) }
  }

  /** A bundle for the question, verified. @param day the instant asked for */
  async ask(
    question: Question,
    day: number,
    form: PlayTools['form'] = this.#tools.form,
  ): Promise<{ bundle: Uint8Array; report: Report }> {
    const asked = 'use' in question ? question.use : 'claim' in question ? question.claim : undefined
    const bytes = [...this.world.made.values()].find(({ id }) => id === asked)?.bytes
    const held = [
      this.#log.evidence(bytes !== undefined && this.#log.isOnlyForked(bytes)),
      ...(this.#isOtherUsed ? [this.#other.evidence()] : []),
    ]
    const citedNotes = [...this.#notes.values()]
    const { verifier, sha256 } = this.#tools
    const logs = this.#collect(question, form, held)
    const bundle = encodeBundle(prepareBundle({ question, logs, citedNotes }, sha256), sha256)
    return { bundle, report: await verifyBundle(bundle, this.policy(), { verifier, sha256, at: this.world.time(day) }) }
  }

  /** Where no log says anything about the question, all of them whole: they show that nobody has seen it yet. */
  #collect(question: Question, form: PlayTools['form'], held: readonly EvidenceLog[]): readonly LogSource[] {
    try {
      return collect({ question, ...(form === undefined ? {} : { form }) }, held, this.#tools.sha256).logs
    } catch (error) {
      if (isLedgerError(error, 'NOT_FOUND')) return held.map(replayOf)
      throw error
    }
  }

  policy(): string {
    const { policy, parties } = this.#scenario
    const names = this.#witnesses.map((_, i) => `w${i + 1}`)
    const endorsers = (policy.endorsers ?? (parties.has('A') ? ['A'] : [])).map((name, i) =>
      this.world.party(name, `policy.endorsers[${i}]`),
    )
    return [
      ...this.#witnesses.map((witness, i) => `witness ${names[i]} ${witnessKey(witness)}`),
      `group operators ${policy.quorum} ${names.join(' ')}`,
      `witness m ${witnessKey(this.#mirror)}`,
      'group mirrors 1 m',
      'quorum operators',
      ...endorsers.map((endorser) => `#tally endorser ${endorser}`),
      `#tally max-staleness ${formatDuration(policy.maxStalenessSeconds)}`,
      '',
    ].join('\n')
  }
}

function datasetOf(terms: unknown): string | undefined {
  const dataset = typeof terms === 'object' && terms !== null && 'dataset' in terms ? terms.dataset : undefined
  return typeof dataset === 'string' ? dataset : undefined
}

/** What a schema refuses is a mistake in the file, at this path. */
function guarded<T>(path: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!isLedgerError(error) || error.code === 'SCENARIO_INVALID') throw error
    // A schema names the field from the payload down, and the payload is what stands at the path.
    const isField = error.code === 'SCHEMA_INVALID'
    const message = isField ? `${path}${error.message.replace(/^[a-z-]+/u, '')}` : `${path}: ${error.message}`
    throw new LedgerError('SCENARIO_INVALID', message, { cause: error })
  }
}
