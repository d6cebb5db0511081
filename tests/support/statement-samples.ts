/**
 * Payloads for tests: a full and a minimal one of every kind that is read, and a generator for each.
 */
import fc from 'fast-check'
import { fromHex } from '../../src/encoding/bytes.ts'
import { type CidText, cidFromDigest, cidOf } from '../../src/encoding/cid.ts'
import { formatVerifierKey, verifierKey } from '../../src/note/verifier-key.ts'
import { nobleSigner } from '../../src/signing/ed25519-noble.ts'
import { didKey } from '../../src/signing/key.ts'
import type { Signer } from '../../src/signing/signer.ts'
import { prepareStatement, signStatement } from '../../src/statement/envelope.ts'
import type { PayloadByKind, ReadKind } from '../../src/statement/payload.ts'
import { ACTIONS, CAPABILITIES, PURPOSES, TERMS_PROFILE } from '../../src/statement/vocabulary.ts'

export const signer: Signer = nobleSigner(new Uint8Array(32).fill(1))
export const otherKey: Uint8Array = nobleSigner(new Uint8Array(32).fill(2)).publicKey
const thirdKey = nobleSigner(new Uint8Array(32).fill(3)).publicKey

/** The id of nothing in particular, different for each n. */
export function sampleCid(n: number): CidText {
  return cidOf(Uint8Array.of(n & 255, n >> 8))
}

const digest = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const seen = digest(200)
const origin = 'coast-voices.example/tally/1'
export const partyId: CidText = sampleCid(1)

export function issuerOf(kind: ReadKind): string {
  return kind === 3 ? didKey(signer.publicKey) : partyId
}

export function signed<K extends ReadKind>(kind: K, payload: PayloadByKind[K]): Uint8Array {
  return signStatement(prepareStatement(kind, payload, { iss: issuerOf(kind) }, signer.publicKey), signer)
}

type Samples = { readonly [K in ReadKind]: { readonly full: PayloadByKind[K]; readonly minimal: PayloadByKind[K] } }

const genesisKeys = {
  logKey: formatVerifierKey(verifierKey(origin, 1, signer.publicKey)),
  witnessKey: formatVerifierKey(verifierKey('coast-voices.example/witness', 4, otherKey)),
  mirrorKey: formatVerifierKey(verifierKey('coast-voices.example/mirror', 4, thirdKey)),
}

export const SAMPLES: Samples = {
  1: {
    minimal: { v: 1, origin, operator: partyId, ...genesisKeys, admission: { mode: 'open' } },
    full: {
      v: 1,
      origin,
      operator: partyId,
      ...genesisKeys,
      admission: { mode: 'members', members: [sampleCid(2)], perIssuerDaily: 100 },
      predecessor: { origin: 'coast-voices.example/tally/0', size: 12, root: digest(4) },
      iat: 1_700_000_000,
      seen,
    },
  },
  3: {
    minimal: { v: 1, name: 'Coast Voices', keys: [signer.publicKey], threshold: 1, logs: [origin] },
    full: {
      v: 1,
      name: 'Jumuiya ya Sauti za Pwani é',
      type: 'community',
      country: 'KE',
      keys: [signer.publicKey, otherKey],
      threshold: 2,
      next: [digest(5)],
      recovery: { of: [sampleCid(3), sampleCid(4)], k: 2 },
      logs: [origin, 'archive.example/log'],
      iat: 1,
      seen,
    },
  },
  4: {
    minimal: { prev: partyId },
    full: {
      prev: partyId,
      add: [otherKey],
      revoke: [digest(6)],
      next: [digest(7)],
      delegates: [{ party: sampleCid(5), rights: ['grant', 'revocation'], scope: [sampleCid(6)], until: 99 }],
      profile: { name: 'New name', country: 'ZA', type: 'university' },
      keys: [thirdKey],
      recovery: { of: [sampleCid(7)], k: 1 },
      compromisedSince: 5,
    },
  },
  5: {
    minimal: { title: 'Luo', owner: partyId, locales: ['luo'], logs: [origin] },
    full: {
      title: 'Common Voice Luo',
      owner: partyId,
      coOwners: [sampleCid(8)],
      steward: sampleCid(9),
      legalOwner: sampleCid(10),
      locales: ['luo', 'sw-KE'],
      task: 'ASR',
      externalIds: [{ scheme: 'mdc', value: 'cminc35no007no707hql26lzk' }],
      labels: ['speech'],
      logs: [origin],
    },
  },
  6: {
    minimal: { lineage: sampleCid(11), label: '25.0' },
    full: {
      lineage: sampleCid(11),
      prev: sampleCid(12),
      label: '25.0',
      archive: {
        sha256: fromHex('a210be0b5c9f319f37874e7b24dd9dfa15001e37b49211fd6e7866d0bbfb1866'),
        bytes: 2_229_793_887,
      },
      manifest: digest(8),
      croissant: sampleCid(13),
      counts: { clips: 82_420, users: 47, secondsTotal: 401_652, secondsValid: 99_108 },
      derivedFrom: [{ version: sampleCid(14), terms: sampleCid(15) }],
      consent: { notice: digest(9), language: 'luo', basis: 'consent', method: 'web', count: 47, root: digest(10) },
    },
  },
  7: {
    minimal: {
      v: 1,
      profile: TERMS_PROFILE,
      lineage: sampleCid(11),
      versions: { mode: 'lineage' },
      permit: [],
      prohibit: [],
      duties: new Map(),
    },
    full: {
      v: 1,
      profile: TERMS_PROFILE,
      lineage: sampleCid(11),
      prev: sampleCid(16),
      versions: { mode: 'listed', ids: [sampleCid(17), sampleCid(18)] },
      tables: new Map([['currency', digest(11)]]),
      permit: [
        {
          id: 'research',
          actions: ['train', 'evaluate'],
          if: [
            { l: 'purpose', op: 'isAnyOf', r: ['research', 'academic-research'] },
            { or: [{ l: 'commercial', op: 'eq', r: false }, { and: [{ l: 'count', op: 'lteq', r: 3 }] }] },
            { l: 'region.processing', op: 'isPartOf', r: '002' },
            { l: 'party', op: 'isNoneOf', r: [sampleCid(19)] },
            { l: 'org.affiliation', op: 'isNoneOf', r: sampleCid(20) },
            { l: 'org.kind', op: 'isA', r: 'CommunityOrganisation' },
            { l: 'language', op: 'isAnyOf', r: ['luo', 'sw-KE'] },
            { l: 'model.open', op: 'eq', r: 'weights+code' },
            { l: 'subset', op: 'lteq', r: 50 },
            { l: 'project', op: 'eq', r: 'Keyboard 2026' },
          ],
          duties: ['attest'],
        },
      ],
      prohibit: [
        {
          id: 'voices',
          actions: ['use'],
          if: [{ l: 'capability', op: 'isAnyOf', r: ['voice-clone'] }],
          remedy: ['stop'],
        },
      ],
      obligations: ['attest'],
      duties: new Map([
        ['attest', { action: 'attest-use', due: { event: 'use-end', within: 2_592_000 }, evidence: 'usage', cure: 60 }],
        ['stop', { action: 'retire-model', to: sampleCid(21), due: { event: 'claim', within: 0 } }],
      ]),
      prove: [{ fact: 'org.kind', within: 86_400 }],
      price: {
        model: 'flat',
        amount: 100_000,
        currency: 'USD',
        exp: 2,
        bp: 10,
        platform: { party: sampleCid(22), bp: 500, payer: 'buyer' },
      },
      split: [
        { party: sampleCid(23), bp: 4000 },
        { party: sampleCid(24), bp: 6000 },
      ],
      benefit: { kind: 'access', text: sampleCid(25), to: sampleCid(26), due: { event: 'deploy', within: 1 } },
      asOf: 'use-start',
      attach: 'continuous',
      revoke: { allowed: 'any', notice: 0, effect: { mode: 'stop-running', grace: 60 } },
      amend: { mode: 'owner-may-change', notice: 60 },
      sublicense: { allowed: true, depth: 1, next: 'same', notify: true },
      reach: 'direct',
      withdrawal: { honour: true, within: 60 },
      disputes: { standing: 'parties', arbiters: [sampleCid(27)] },
      text: new Map([['en', { cid: sampleCid(28), size: 100, type: 'text/markdown' }]]),
      authoritative: ['en'],
      precedence: 'machine',
      licence: { spdx: 'CC0-1.0', name: 'CC0', uri: 'https://example.org', digest: digest(12) },
      labels: ['https://localcontexts.org/label/x'],
    },
  },
  8: {
    minimal: { terms: sampleCid(16), actions: ['train'] },
    full: {
      terms: sampleCid(16),
      version: sampleCid(17),
      actions: ['train', 'evaluate'],
      purposes: ['commercial'],
      commercial: true,
      places: ['KE', '002'],
      project: 'Keyboard 2026',
    },
  },
  9: {
    minimal: { terms: sampleCid(16) },
    full: {
      terms: sampleCid(16),
      versions: [sampleCid(17)],
      assignee: sampleCid(30),
      request: sampleCid(31),
      parent: sampleCid(32),
      project: 'Keyboard 2026',
      from: 10,
      until: 20,
      rights: ['claim'],
      logs: [origin],
    },
  },
  10: {
    minimal: { grant: sampleCid(33), terms: sampleCid(16) },
    full: {
      grant: sampleCid(33),
      terms: sampleCid(16),
      total: 105_000,
      authority: 'Head of Data',
      log: 'buyer.example/log',
    },
  },
  11: {
    minimal: {
      grant: sampleCid(33),
      lines: [{ to: sampleCid(2), amount: 1, currency: 'USD', role: 'owner' }],
    },
    full: {
      grant: sampleCid(33),
      lines: [
        { to: sampleCid(2), amount: 100_000, currency: 'USD', role: 'owner' },
        { to: sampleCid(22), amount: 5000, currency: 'USD', role: 'platform' },
        { to: sampleCid(23), amount: 7, currency: 'UGX', role: 'other' },
      ],
      rail: 'SEPA',
      reference: digest(21),
    },
  },
  12: {
    minimal: { payment: sampleCid(40), lines: [{ amount: 100_000, currency: 'USD' }] },
    full: { payment: sampleCid(40), lines: [{ amount: -100_000, currency: 'USD' }], receivedAt: 40 },
  },
  13: {
    minimal: { target: sampleCid(33) },
    full: { target: sampleCid(33), effective: 30, cause: 'consent', effect: { mode: 'delete-data', within: 60 } },
  },
  14: {
    minimal: { run: 'run-1', grants: [sampleCid(33)], actions: ['train'] },
    full: {
      run: 'run-1',
      grants: [sampleCid(33), sampleCid(34)],
      actions: ['train', 'evaluate'],
      manifest: digest(13),
    },
  },
  15: {
    minimal: { run: 'run-1', from: 10, to: 20, datasets: [] },
    full: {
      run: 'run-1',
      actions: ['train'],
      purposes: ['commercial'],
      commercial: true,
      from: 10,
      to: 20,
      places: ['KE', 'ZA-NW', '002'],
      datasets: [
        { version: sampleCid(17), grants: [] },
        { version: sampleCid(18), subset: { percent: 10 }, grants: [sampleCid(33), sampleCid(34)] },
        { version: sampleCid(35), subset: { paths: ['train.tsv'] }, grants: [] },
      ],
      parents: [digest(14)],
      outputs: [{ name: 'model', sha256: digest(15), manifest: digest(16) }],
      capabilities: [],
      openness: 'closed',
      published: false,
      licence: 'proprietary',
      attribution: { uri: 'https://example.org', digest: digest(17) },
      code: digest(18),
      environment: digest(19),
      complete: true,
      prev: sampleCid(36),
    },
  },
  16: {
    minimal: { subject: sampleCid(30), type: 'affiliation', value: {} },
    full: {
      subject: sampleCid(30),
      from: 0,
      until: 100,
      basis: 'public register',
      type: 'affiliation',
      value: { controllers: [sampleCid(41)], ultimateParent: sampleCid(42) },
    },
  },
  17: {
    minimal: { members: [sampleCid(42)] },
    full: {
      title: 'Gatekeepers',
      prev: sampleCid(43),
      members: [sampleCid(42), sampleCid(44)],
      basis: 'dma',
      from: 0,
      until: 100,
    },
  },
  18: {
    minimal: { lineage: sampleCid(11), sequence: 1, count: 3, commitment: digest(22), due: 100 },
    full: {
      lineage: sampleCid(11),
      versions: [sampleCid(17)],
      sequence: 2,
      count: 3,
      commitment: digest(22),
      due: 100,
    },
  },
  19: {
    minimal: { target: sampleCid(45), versions: [{ version: sampleCid(17), done: ['never-held'] }] },
    full: {
      target: sampleCid(45),
      versions: [
        { version: sampleCid(17), done: ['removed', 'excluded-next-run'] },
        { version: sampleCid(18), done: ['deleted', 'retrained'] },
      ],
    },
  },
  20: {
    minimal: { respondent: sampleCid(30), allegation: 'NO_PERMISSION' },
    full: {
      respondent: sampleCid(30),
      dataset: sampleCid(11),
      use: sampleCid(37),
      model: digest(20),
      allegation: 'NO_PERMISSION',
      clauses: ['research'],
      evidence: [sampleCid(38)],
      remedy: 'stop',
    },
  },
  21: {
    minimal: { claim: sampleCid(46), answer: 'deny' },
    full: { claim: sampleCid(46), answer: 'justify', evidence: [sampleCid(47)] },
  },
  22: {
    minimal: { claim: sampleCid(46), evaluator: '1', instant: 100, checkpoints: [{ origin, size: 9 }], outcomes: [] },
    full: {
      claim: sampleCid(46),
      bundle: sampleCid(48),
      evaluator: '1',
      instant: 100,
      checkpoints: [
        { origin, size: 9 },
        { origin: 'archive.example/log', size: 3 },
      ],
      outcomes: [
        { use: sampleCid(37), version: sampleCid(17), outcome: 'violation', reasons: ['NO_PERMISSION'] },
        { outcome: 'undetermined', reasons: [] },
      ],
      discretion: sampleCid(49),
    },
  },
  23: {
    minimal: { claim: sampleCid(46), result: 'settled' },
    full: { claim: sampleCid(46), result: 'withdrawn', iat: 5 },
  },
  24: {
    minimal: { subject: 'We changed our address' },
    full: {
      addressee: partyId,
      subject: 'The model was released',
      about: [sampleCid(33), sampleCid(37)],
      model: digest(23),
      duty: 'benefit',
      event: 'model-release',
      at: 90,
      text: sampleCid(50),
    },
  },
  25: {
    minimal: { blob: sampleCid(51), reason: 'a contributor asked' },
    full: { blob: sampleCid(51), reason: 'a contributor asked', scope: 'this node' },
  },
}

export const READ_KINDS: readonly ReadKind[] = [
  1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
]

/** Every sample as signed bytes, with a name for the test. */
export function signedSamples(): { name: string; kind: ReadKind; bytes: Uint8Array }[] {
  const sign = (kind: ReadKind, name: 'full' | 'minimal'): Uint8Array => signed(kind, SAMPLES[kind][name])
  return READ_KINDS.flatMap((kind) =>
    (['minimal', 'full'] as const).map((name) => ({ name: `${kind} ${name}`, kind, bytes: sign(kind, name) })),
  )
}

const cid = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(cidFromDigest)
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const uint = fc.maxSafeNat()
const title = fc
  .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
  .map((text) => text.normalize('NFC').replace(/\p{Cc}/gu, ' '))

/** Arbitrary payloads of two kinds that between them use nearly every combinator. */
export const usages: fc.Arbitrary<PayloadByKind[15]> = fc
  .record(
    {
      run: title,
      actions: fc.uniqueArray(fc.constantFrom(...ACTIONS), { minLength: 1 }),
      purposes: fc.uniqueArray(fc.constantFrom(...PURPOSES), { minLength: 1 }),
      commercial: fc.boolean(),
      from: uint,
      to: uint,
      datasets: fc.array(fc.record({ version: cid, grants: fc.array(cid, { maxLength: 3 }) }), { maxLength: 5 }),
      parents: fc.array(bytes32, { minLength: 1, maxLength: 3 }),
      capabilities: fc.uniqueArray(fc.constantFrom(...CAPABILITIES)),
      iat: uint,
      seen: bytes32,
      prev: cid,
    },
    { requiredKeys: ['run', 'from', 'to', 'datasets'] },
  )
  .map((usage) => ({ ...usage, from: Math.min(usage.from, usage.to), to: Math.max(usage.from, usage.to) }))

export const grants: fc.Arbitrary<PayloadByKind[9]> = fc.record(
  {
    terms: cid,
    versions: fc.array(cid, { minLength: 1, maxLength: 9 }),
    assignee: cid,
    project: title,
    from: uint,
    until: uint,
    rights: fc.uniqueArray(fc.constantFrom('claim' as const, 'grant' as const), { minLength: 1 }),
    logs: fc.constant([origin]),
    iat: uint,
  },
  { requiredKeys: ['terms'] },
)
