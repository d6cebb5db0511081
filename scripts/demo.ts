/**
 * `npm run demo`: three organisations' nodes, one story, one file that settles it.
 *
 *     npm run demo                          stays up until Ctrl-C, then exits 0
 *     npm run demo -- --once [--out DIR]    ends by itself; 0 if every outcome is the expected one, else 1
 */
import { access, constants, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { verifyBundle } from '../src/evidence/verify.ts'
import { nativeSha256, nativeVerifier } from '../src/node/native-crypto.ts'
import { onInterruptKey } from './demo/interrupt-key.ts'
import { type DemoNetwork, runTally, startNetwork, until } from './demo/network.ts'
import { Player } from './demo/play.ts'
import { readStory } from './demo/story.ts'

const SAMPLES = new URL('../nodes/', import.meta.url)
const PARENT_POLL_MS = 250
const startedAt = performance.now()

function say(line: string): void {
  console.log(line)
}

function step(line: string): void {
  say(`\n[${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s] ${line}`)
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { once: { type: 'boolean', default: false }, out: { type: 'string' } } })
  // First of all: nobody should wait for the story to hear that there is no place for its evidence.
  const out =
    values.out === undefined ? await mkdtemp(join(tmpdir(), 'tallystick-evidence-')) : await emptyFolder(values.out)
  const interruption = new AbortController()
  const interrupted = new Promise<'interrupted'>((resolve) => {
    interruption.signal.addEventListener('abort', () => resolve('interrupted'), { once: true })
  })
  // They stay: a second Ctrl-C must not leave children, or the folder with their keys.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort())
  if (process.env['npm_lifecycle_event'] === 'demo') {
    await onInterruptKey(process.stdin, () => interruption.abort())
    // npm hands a signal to the shell between it and this process, which ends by it and tells nobody.
    const shell = process.ppid
    setInterval(() => process.ppid === shell || interruption.abort(), PARENT_POLL_MS).unref()
  }
  // Who asked for one run has not got it.
  const exitOfInterrupted = values.once ? 1 : 0
  const story = await readStory(SAMPLES)
  step('Starting three organisations, each on its own')
  const starting = startNetwork(SAMPLES, story.nodes, say, interruption.signal)
  const network = await starting.catch((error: unknown) => {
    if (interruption.signal.aborted) return undefined
    throw error
  })
  if (network === undefined) return exitOfInterrupted
  try {
    const outcome = await Promise.race([
      interrupted,
      tell(network, out),
      network.broken.then((why) => Promise.reject(new Error(why))),
    ])
    if (outcome === 'interrupted') return exitOfInterrupted
    if (values.once) return outcome ? 0 : 1
    say('\nThe network stays up; Ctrl-C ends it. Try:')
    for (const { home } of network.nodes) say(`  npx tally status --home ${home}`)
    await interrupted
    return 0
  } finally {
    await network.stop()
  }
}

/** Makes the folder. One with other files in it is refused: it is to hold the evidence and nothing else. */
async function emptyFolder(name: string): Promise<string> {
  const folder = resolve(name)
  await mkdir(folder, { recursive: true })
  await access(folder, constants.W_OK | constants.X_OK)
  if ((await readdir(folder)).length > 0) throw new Error(`--out ${folder} is not empty; name a new folder`)
  return folder
}

async function tell(network: DemoNetwork, out: string): Promise<boolean> {
  const story = await readStory(SAMPLES)
  const [home] = network.nodes
  if (home === undefined) throw new Error('the story names no node')
  step('Playing the story: every step is signed, logged and cosigned by the two others')
  const player = new Player(story, SAMPLES, network, say)
  await player.play()
  step('Waiting until the witnesses have dated a checkpoint after the last use')
  await until(
    'the evidence is fresh',
    async () => {
      const { witnessedAt = 0 } = await home.control.status()
      if (witnessedAt <= player.lastMoment) throw new Error(`last dated ${witnessedAt}`)
    },
    network.broken,
  )
  step('Judging every use offline, from evidence alone')
  const policy = await home.control.readText('policy')
  const rows: string[][] = []
  let isExpected = true
  for (const played of player.uses) {
    const report = await verifyBundle(await home.control.collect({ question: { use: played.id } }), policy, {
      verifier: nativeVerifier,
      sha256: nativeSha256,
    })
    const verdict = report.verdict?.uses.find(({ use }) => use === played.id)
    const outcome = verdict?.outcome ?? 'undetermined'
    const isAsTold = outcome === played.expect
    isExpected &&= isAsTold
    const reason = verdict?.datasets.flatMap(({ reasons }) => reasons)[0]?.sentence ?? played.says
    rows.push([
      played.use.run,
      played.user,
      isAsTold ? outcome : `${outcome} (expected ${played.expect})`,
      verdict?.assurance ?? '',
      isAsTold ? played.says : reason,
    ])
  }
  printTable(['run', 'user', 'outcome', 'assurance', 'in one sentence'], rows)
  await printWitnesses(network)
  const isWritten = await writeEvidence(out, player, home.control, policy)
  return isExpected && isWritten
}

async function printWitnesses(network: DemoNetwork): Promise<void> {
  step('Who witnessed what')
  const rows: string[][] = []
  for (const node of network.nodes) {
    const status = await node.control.status()
    const own = status.logs.find(({ isOwn }) => isOwn)
    const witnesses = (own?.cosigners ?? [])
      .filter((name) => name.endsWith('/witness'))
      .map((name) => name.split('/')[0] ?? name)
    const copies: string[] = []
    for (const other of network.nodes) {
      const held = (await other.control.status()).logs.find(({ origin }) => origin === node.origin)
      if (other !== node && held !== undefined) copies.push(`${held.size} of ${status.size} at ${other.name}`)
    }
    rows.push([node.name, String(status.publishedSize), witnesses.join(', '), copies.join(', ')])
  }
  printTable(['log of', 'entries', 'cosigned by', 'full copies'], rows)
}

/** The four files an auditor needs, and nothing else. */
async function writeEvidence(
  out: string,
  player: Player,
  control: DemoNetwork['nodes'][number]['control'],
  policy: string,
): Promise<boolean> {
  step(`Writing the evidence to ${out}`)
  const claimedUse = player.uses.find(({ expect }) => expect === 'violation')
  const compliantUse = player.uses.find(({ expect }) => expect === 'compliant')
  if (claimedUse === undefined || compliantUse === undefined || player.claim === undefined)
    throw new Error('the story has no violation or no compliant use')
  const [claimPath, policyPath] = [join(out, 'claim.car'), join(out, 'policy.txt')]
  await writeFile(claimPath, await control.collect({ question: { claim: player.claim } }))
  await writeFile(join(out, 'compliant.car'), await control.collect({ question: { use: compliantUse.id } }))
  await writeFile(policyPath, policy)
  const judged = await runTally(['verify', claimPath, '--policy', policyPath, '--json'])
  await writeFile(join(out, 'report.json'), judged.stdout)
  const cleared = await runTally(['verify', join(out, 'compliant.car'), '--policy', policyPath])
  say(`  claim.car      the violation: tally verify exits ${judged.exit}`)
  say(`  compliant.car  a use within its grant: tally verify exits ${cleared.exit}`)
  say('  policy.txt     whom the verifier trusts')
  say('  report.json    what verify prints for the claim')
  say(`\nCheck it yourself, offline:\n  npx tally verify ${claimPath} --policy ${policyPath}`)
  return judged.exit === 4 && cleared.exit === 0
}

function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    `  ${cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}`
  say(line(header))
  say(line(widths.map((width) => '-'.repeat(width))))
  for (const row of rows) say(line(row))
}

try {
  // At once: after an interruption the story would go on against nodes that are gone.
  process.exit(await main())
} catch (error) {
  console.error(`demo: error: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
