/**
 * Mutated statements, notes, introductions and bundles: whatever the bytes, a parser ends in a value or in one of our
 * errors, and what it accepts has one spelling.
 *
 * TALLYSTICK_MUTATIONS is how many there are of each kind, over all of its formats.
 */
import { expect, test } from 'vitest'
import { equalBytes, toBase64 } from '../../src/encoding/bytes.ts'
import { decodeCar } from '../../src/encoding/car.ts'
import { decodeCbor, encodeCbor } from '../../src/encoding/cbor.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { isLedgerError } from '../../src/errors.ts'
import { decodeBundle } from '../../src/evidence/bundle.ts'
import { proveInclusion } from '../../src/merkle/inclusion.ts'
import { formatCard } from '../../src/node/card.ts'
import { formatCardLine, parseCardLine } from '../../src/node/card-line.ts'
import { formatInvitation, parseInvitation } from '../../src/node/invitation.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { formatAddCheckpoint, parseAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { formatCheckpoint, parseCheckpoint } from '../../src/note/checkpoint.ts'
import { decodeEquivocation, encodeEquivocation, equivocationOfSameSize } from '../../src/note/equivocation.ts'
import { formatNote, formatSignatureLines, parseNote, parseSignatureLines } from '../../src/note/note.ts'
import { formatPolicy, parsePolicy } from '../../src/note/tlog-policy.ts'
import { formatTlogProof, parseTlogProof } from '../../src/note/tlog-proof.ts'
import { formatVerifierKey, parseVerifierKey, verifierKey } from '../../src/note/verifier-key.ts'
import { decodeSign1, encodeSign1 } from '../../src/signing/cose.ts'
import { decodeStatement } from '../../src/statement/envelope.ts'
import {
  assembleReceipt,
  decodeReceipt,
  decodeTransparentStatement,
  transparentStatement,
} from '../../src/statement/receipt.ts'
import { nativeSha256 as sha256 } from '../../src/storage/native-sha256.ts'
import { decodeIndexEvidence, encodeIndexEvidence } from '../../src/subject-index/evidence.ts'
import { sampleTree } from '../merkle/sample-tree.ts'
import { cosignedNote, LOG_ORIGIN, logKey, logSigner, witnessKey } from '../note/sample-keys.ts'
import {
  encode,
  indexedBundle,
  partialBundle,
  rememberingVerifier,
  replayBundle,
  verify,
} from '../support/evidence-bundles.ts'
import { policyText, TestNode } from '../support/evidence-ledger.ts'
import { createStory, STORY_START } from '../support/evidence-story.ts'
import { rebuildWith } from '../support/evidence-tamper.ts'
import { mutate, oneOf } from '../support/mutate.ts'
import { seeded } from '../support/seeded.ts'
import { signedSamples } from '../support/statement-samples.ts'

const MUTATIONS = Number(process.env['TALLYSTICK_MUTATIONS'] ?? 500)
const MOST_GROWTH_BYTES = 512 << 20

interface Format {
  readonly name: string
  readonly mutant: (random: () => number) => Uint8Array
  /** Reads the bytes, and returns those that the same value is written as; throws as the parser does. */
  readonly readAndWrite: (bytes: Uint8Array) => Promise<Uint8Array> | Uint8Array
}

function binary(name: string, samples: readonly Uint8Array[], readAndWrite: Format['readAndWrite']): Format {
  return { name, mutant: (random) => mutate(samples, random), readAndWrite }
}

/** What is read as a string: bytes that are no UTF-8 never come to its parser. */
function text(
  name: string,
  samples: readonly string[],
  readAndWrite: (text: string) => Promise<string> | string,
): Format {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const bytes = samples.map(encodeUtf8)
  return {
    name,
    mutant: (random) => encodeUtf8(decoder.decode(mutate(bytes, random))),
    readAndWrite: async (mutant) => encodeUtf8(await readAndWrite(decoder.decode(mutant))),
  }
}

/** @returns how many mutants were accepted */
async function readMutants({ name, mutant, readAndWrite }: Format, count: number): Promise<number> {
  const random = seeded(20_261_203)
  let accepted = 0
  for (let i = 0; i < count; i++) {
    const bytes = mutant(random)
    try {
      const written = await readAndWrite(bytes)
      if (!equalBytes(written, bytes)) throw new Error(`it is written as ${toBase64(written)}`)
      accepted++
    } catch (error) {
      if (!isLedgerError(error)) throw new Error(`${name}, mutant ${i}: ${toBase64(bytes)}`, { cause: error })
    }
  }
  return accepted
}

const tree = sampleTree(20)
const [note, otherNote] = [cosignedNote(20, tree.roots[20]), cosignedNote(20, tree.roots[19])]
const path = proveInclusion(tree.reader, 7, 20)

function statementFormats(): Format[] {
  const entries = signedSamples().map(({ bytes }) => bytes)
  const receipt = assembleReceipt({
    origin: LOG_ORIGIN,
    logPublicKey: logSigner.publicKey,
    rootSignature: new Uint8Array(64).fill(9),
    size: 20,
    index: 7,
    path,
  })
  return [
    binary('statement', entries, (bytes) => {
      const { payload, payloadBytes } = decodeStatement(bytes, sha256)
      if (payload !== undefined) expect(equalBytes(encodeCbor(decodeCbor(payloadBytes)), payloadBytes)).toBe(true)
      return encodeSign1(decodeSign1(bytes))
    }),
    binary('receipt', [receipt], (bytes) => {
      decodeReceipt(bytes)
      return encodeSign1(decodeSign1(bytes))
    }),
    binary(
      'transparent statement',
      entries.map((entry) => transparentStatement(entry, [receipt, receipt])),
      (bytes) => {
        const { entry, receipts } = decodeTransparentStatement(bytes)
        return transparentStatement(entry, receipts)
      },
    ),
  ]
}

function noteFormats(): Format[] {
  const policies = [policyText([new TestNode('kisumu'), new TestNode('coast')], { mirrors: [new TestNode('library')] })]
  const proofs = [7, 12].map((index) => ({ index, path: proveInclusion(tree.reader, index, 20), note }))
  return [
    binary('note', [note, otherNote].map(formatNote), (bytes) => formatNote(parseNote(bytes))),
    binary(
      'signature lines',
      [note, otherNote].map(({ signatures }) => formatSignatureLines(signatures)),
      (bytes) => formatSignatureLines(parseSignatureLines(bytes)),
    ),
    text('checkpoint', [note.text, otherNote.text], (read) => formatCheckpoint(parseCheckpoint(read))),
    text('verifier key', [logKey, witnessKey].map(formatVerifierKey), (read) =>
      formatVerifierKey(parseVerifierKey(read)),
    ),
    text('policy', policies, (read) => {
      // Spaces and comments are free, so what is written is compared as it is read again.
      const policy = parsePolicy(read)
      expect(parsePolicy(formatPolicy(policy))).toEqual(policy)
      return read
    }),
    binary(
      'tlog-proof',
      [...proofs, { ...proofs[0], index: 7, path, note, extra: sha256(path[0] ?? new Uint8Array()) }].map(
        formatTlogProof,
      ),
      (bytes) => formatTlogProof(parseTlogProof(bytes)),
    ),
    binary(
      'add-checkpoint',
      [note, otherNote].map((each, i) => formatAddCheckpoint({ old: i * 7, proof: path, note: each })),
      (bytes) => formatAddCheckpoint(parseAddCheckpoint(bytes)),
    ),
    binary('fork proof', [encodeEquivocation(equivocationOfSameSize(note, otherNote))], (bytes) =>
      encodeEquivocation(decodeEquivocation(bytes)),
    ),
  ]
}

function introductionFormats(): Format[] {
  const cards = ['kisumu', 'coast'].map(cardOf)
  const lines = cards.map((card) => formatCardLine(card, ['/ip4/192.0.2.7/tcp/7412', '/dns4/node.example/tcp/7412']))
  const invitations = [lines, []].map((each) =>
    formatInvitation({ networkId: '0123456789abcdef'.repeat(2), cards: each, policy: 'quorum none\n' }),
  )
  return [
    text('card', lines, async (read) => {
      // The addresses beside a card are free; of the card itself nothing can change, since its party signed it.
      const { cardText } = await parseCardLine(read, nativeVerifier)
      expect(cards).toContain(cardText)
      return read
    }),
    text('invitation', invitations, (read) => {
      expect(formatInvitation(parseInvitation(read))).toBe(read.trim())
      return read
    }),
  ]
}

function cardOf(name: string): string {
  const { origin, party, logSigner: signer, witnessSigner, mirrorSigner } = new TestNode(name)
  const card = {
    name,
    party: party.id,
    partyStatement: party.inception,
    origin,
    logKey: verifierKey(origin, 1, signer.publicKey),
    witnessKey: verifierKey(`${origin}/witness`, 4, witnessSigner.publicKey),
    mirrorKey: verifierKey(`${origin}/mirror`, 4, mirrorSigner.publicKey),
    peerId: '12D3KooWExample',
    addresses: ['/ip4/192.0.2.7/tcp/7412'],
  }
  return formatCard(card, party.signer)
}

function bundleFormats(): Format[] {
  const story = createStory()
  const asked = { use: story.ids.use }
  const indexed = createStory()
  indexed.owner.publishIndexed(STORY_START + 600, indexed.others)
  const inParts = indexedBundle(indexed, asked)
  const cars = [replayBundle(story, asked), partialBundle(story, asked), inParts].map(encode)
  const policy = policyText([story.owner, ...story.others], { mirrors: story.others })
  const verifier = rememberingVerifier(nativeVerifier)
  const readAndWrite = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const report = await verify(bytes, policy, verifier)
    const { mismatched, missing, ...bundle } = decodeBundle(bytes, sha256)
    if (mismatched.length + missing.length === 0) return encode(bundle)
    expect(report.exit).toBe(3)
    return bytes
  }
  const evidence = inParts.absences.map(({ data }) => data ?? new Uint8Array())
  return [
    binary('bundle', cars, readAndWrite),
    {
      name: 'bundle rebuilt around a mutated block',
      mutant: (random) => {
        const car = oneOf(cars, random)
        return rebuildWith(car, random() % decodeCar(car, { sha256 }).length, (data) => mutate([data], random))
      },
      readAndWrite,
    },
    binary('index evidence', evidence, (bytes) => encodeIndexEvidence(decodeIndexEvidence(bytes))),
  ]
}

test.each([
  ['statements', statementFormats],
  ['notes', noteFormats],
  ['introductions', introductionFormats],
  ['bundles', bundleFormats],
])(
  `${MUTATIONS} mutated %s crash nothing, take no memory, and are written as they were read`,
  async (_, formatsOf) => {
    const formats = formatsOf()
    const before = process.memoryUsage().rss
    const accepted: Record<string, number> = {}
    for (const format of formats)
      accepted[format.name] = await readMutants(format, Math.ceil(MUTATIONS / formats.length))
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH_BYTES)
    // Otherwise nothing but the outermost check would have been tried.
    expect(Object.values(accepted).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0)
  },
  7_200_000,
)
