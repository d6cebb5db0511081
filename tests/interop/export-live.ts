/**
 * Makes a log of a real node that a second node witnesses, and exports it as a user would: `tally up`, statements in two
 * batches, `tally export`, `tally log proof`. Leaves in FOLDER
 *
 *     log/                 the exported log, and witness.vkey with both keys by which the second node cosigns
 *     proofs/              older-checkpoint, from between the batches
 *                          add-checkpoint, from it to the exported one (C2SP tlog-witness)
 *                          I.entry and I.tlog-proof, entry I and that it is in the log (C2SP tlog-proof)
 *
 *     node tests/interop/export-live.ts FOLDER
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type DemoNode, newDemoParty, runTally, startNetwork } from '../../scripts/demo/network.ts'
import { openExportedLog } from '../../src/cli/exported-log.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import type { Hash } from '../../src/merkle/hash.ts'
import { ask } from '../../src/network/exchange.ts'
import { startHost } from '../../src/network/host.ts'
import { logIdOf } from '../../src/network/log-id.ts'
import { consistencyExchange } from '../../src/network/messages/consistency.ts'
import { parseCardLine } from '../../src/node/card-line.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { formatAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { parseCheckpoint } from '../../src/note/checkpoint.ts'
import { parseNote } from '../../src/note/note.ts'
import { formatVerifierKey } from '../../src/note/verifier-key.ts'
import { prepareStatement, signStatement } from '../../src/statement/envelope.ts'

const FIRST_BATCH = 100
const STATEMENTS = 600
/** With the last one: both ends of the log, both sides of a border between tiles, and one inside of a tile. */
const PROVED = [0, 1, 255, 256, 400]

const folder = process.argv[2] ?? ''
const proofs = join(folder, 'proofs')

async function run(args: readonly string[]): Promise<void> {
  const { exit, stderr } = await runTally(args)
  if (exit !== 0) throw new Error(`tally ${args.join(' ')}: ${stderr}`)
}

async function leaveLog(node: DemoNode, witness: DemoNode): Promise<void> {
  const { control, home, origin } = node
  const party = newDemoParty('Interop', 'KE', 'community', [origin])
  const options = { wait: 'witnessed', timeoutMs: 30_000 } as const
  await control.submit(party.statement, options)
  const dataset = (i: number): Uint8Array => {
    const payload = {
      title: `dataset ${i} ${randomBytes(i % 90).toString('hex')}`,
      owner: party.id,
      locales: ['sw'],
      logs: [origin],
    }
    return signStatement(prepareStatement(5, payload, { iss: party.id }, party.signer.publicKey), party.signer)
  }
  const submit = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i += 16) {
      await Promise.all(Array.from({ length: Math.min(16, to - i) }, (_, k) => control.submit(dataset(i + k), options)))
    }
  }
  await submit(0, FIRST_BATCH)
  const older = await control.readLog(origin, 'checkpoint')
  await submit(FIRST_BATCH, STATEMENTS)
  const log = join(folder, 'log')
  await run(['export', '--home', home, '--log', origin, '--out', log])
  const { card } = await parseCardLine(await witness.control.readText('card'), nativeVerifier)
  const cosigners = [card.witnessKey, card.mirrorKey].map((key) => `${formatVerifierKey(key)}\n`)
  await writeFile(join(log, 'witness.vkey'), cosigners.join(''))
  await mkdir(proofs)
  await writeFile(join(proofs, 'older-checkpoint'), older)
  await leaveConsistency(node, older, await readFile(join(log, 'checkpoint')))
  await leaveProofs(home, log)
}

async function leaveConsistency({ control, origin }: DemoNode, older: Uint8Array, newer: Uint8Array): Promise<void> {
  const note = parseNote(newer)
  const old = parseCheckpoint(parseNote(older).text).size
  const { addresses } = await control.status()
  const proof = await askConsistency(addresses[0] ?? '', origin, old, parseCheckpoint(note.text).size)
  await writeFile(join(proofs, 'add-checkpoint'), formatAddCheckpoint({ old, proof, note }))
}

/** The running node makes the proof, over the network as it does for its peers. */
async function askConsistency(address: string, origin: string, from: number, to: number): Promise<readonly Hash[]> {
  const host = await startHost({ seed: new Uint8Array(randomBytes(32)), listen: [], networkId: 'interop' })
  try {
    const connection = await host.connect(address)
    return (await ask(host, connection, consistencyExchange, { logId: logIdOf(origin), from, to })).hashes
  } finally {
    await host.stop()
  }
}

async function leaveProofs(home: string, log: string): Promise<void> {
  const { checkpoint, entries } = await openExportedLog(log)
  const wanted = new Set([...PROVED, checkpoint.size - 1])
  let index = 0
  for await (const entry of entries) {
    if (wanted.has(index)) {
      await writeFile(join(proofs, `${index}.entry`), entry)
      await run(['log', 'proof', cidOf(entry), '--home', home, '--out', join(proofs, `${index}.tlog-proof`)])
    }
    index++
  }
}

const samples = new URL('../../nodes/', import.meta.url)
const network = await startNetwork(
  samples,
  ['coast-voices', 'hill-archive'],
  () => undefined,
  new AbortController().signal,
)
try {
  const [node, witness] = network.nodes
  if (node === undefined || witness === undefined) throw new Error('two nodes were to be started')
  const ended = network.broken.then((why) => Promise.reject(new Error(why)))
  await Promise.race([leaveLog(node, witness), ended])
} finally {
  await network.stop()
}
