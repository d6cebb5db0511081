/**
 * Whom a verifier trusts: logs, witnesses and the quorum, as a text file (C2SP tlog-policy), with two additions that are
 * comments to everyone else.
 *
 *     log coast-voices.example/tally/1+3f2a...+AX...
 *     witness north north.example/witness+9c01...+BH...
 *     witness south south.example/witness+77d0...+BK...
 *     witness north-mirror north.example/mirror+1b2c...+BP...
 *     group witnesses any north south
 *     group mirrors any north-mirror
 *     quorum witnesses
 *     #tally endorser bafkrei...
 *     #tally max-staleness 30d
 *
 * The group named `mirrors`, where there is one, is the mirror quorum: whose word counts for completeness. What a quorum
 * is, is decided in quorum.ts.
 */
import { type CidText, parseCid } from '../encoding/cid.ts'
import { toHex } from '../encoding/bytes.ts'
import { LedgerError, isLedgerError } from '../errors.ts'
import { assertRegistrableKey } from '../signing/ed25519.ts'
import { parseDecimal } from './decimal.ts'
import { hasControlCharacter } from './key-name.ts'
import type { PolicyGroup, PolicyLog, PolicyWitness, TrustPolicy } from './trust-policy.ts'
import {
  ED25519_COSIGNATURE,
  ED25519_NOTE,
  type VerifierKey,
  formatVerifierKey,
  parseVerifierKey,
} from './verifier-key.ts'

export type { TrustPolicy } from './trust-policy.ts'

const NO_QUORUM_NEEDED = 'none'
/** Room for hundreds of witnesses; the specification asks for 32. */
const MAX_POLICY_LENGTH: number = 256 * 1024

interface Draft {
  readonly logs: PolicyLog[]
  readonly witnesses: PolicyWitness[]
  readonly groups: PolicyGroup[]
  readonly endorsers: CidText[]
  /** Every name of a witness or group so far, and whether some group has it as a member. */
  readonly names: Map<string, { isMember: boolean }>
  /** Raw public keys in hex: one key under two names would count twice. */
  readonly publicKeys: Set<string>
  quorum?: string
  maxStalenessSeconds?: number
}

/**
 * @throws LedgerError POLICY_MALFORMED with the number of the line when the text is no policy
 * @throws LedgerError VKEY_MALFORMED, KEY_MALFORMED, KEY_WEAK when a key in it is not fit for use
 */
export function parsePolicy(text: string): TrustPolicy {
  if (text.length > MAX_POLICY_LENGTH) throw malformed(0, `it has more than ${MAX_POLICY_LENGTH} characters`)
  const draft: Draft = {
    logs: [],
    witnesses: [],
    groups: [],
    endorsers: [],
    names: new Map(),
    publicKeys: new Set(),
  }
  for (const [index, line] of text.split('\n').entries()) parseLine(draft, line, index + 1)
  const { logs, witnesses, groups, endorsers, quorum, maxStalenessSeconds } = draft
  if (quorum === undefined) throw malformed(0, 'it has no quorum line')
  return {
    logs,
    witnesses,
    groups,
    quorum: quorum === NO_QUORUM_NEEDED ? undefined : quorum,
    endorsers,
    ...(maxStalenessSeconds === undefined ? {} : { maxStalenessSeconds }),
  }
}

/** The policy in one fixed layout; {@link parsePolicy} reads the same policy back. */
export function formatPolicy(policy: TrustPolicy): string {
  const lines = [
    ...policy.logs.map(({ key, url }) => ['log', formatVerifierKey(key), ...optional(url)]),
    ...policy.witnesses.map(({ name, key, url }) => ['witness', name, formatVerifierKey(key), ...optional(url)]),
    ...policy.groups.map(({ name, threshold, members }) => ['group', name, rule(threshold, members), ...members]),
    ['quorum', policy.quorum ?? NO_QUORUM_NEEDED],
    ...policy.endorsers.map((party) => ['#tally', 'endorser', party]),
    ...optional(policy.maxStalenessSeconds).map((seconds) => ['#tally', 'max-staleness', formatDuration(seconds)]),
  ]
  return lines.map((items) => `${items.join(' ')}\n`).join('')
}

function parseLine(draft: Draft, line: string, number: number): void {
  if (hasControlCharacter(line, '\t') || line.includes('\u007f')) {
    throw malformed(number, 'a control character (are the line ends those of Windows?)')
  }
  // Space and tab only: what else Unicode calls a space may be part of a name.
  const [keyword, ...items] = line.split(/[ \t]+/).filter((item) => item !== '')
  if (keyword === undefined) return
  if (keyword === '#tally') parseAddition(draft, items, number)
  else if (keyword.startsWith('#')) return
  else if (keyword === 'log') parseLog(draft, items, number)
  else if (keyword === 'witness') parseWitness(draft, items, number)
  else if (keyword === 'group') parseGroup(draft, items, number)
  else if (keyword === 'quorum') parseQuorum(draft, items, number)
  else throw malformed(number, `an unknown keyword "${shorten(keyword)}"`)
}

function parseLog(draft: Draft, items: readonly string[], number: number): void {
  const [vkey, url, ...more] = items
  if (vkey === undefined || more.length > 0) throw malformed(number, 'not "log VKEY [URL]"')
  draft.logs.push({ key: takeKey(draft, vkey, ED25519_COSIGNATURE, number), ...(url === undefined ? {} : { url }) })
}

function parseWitness(draft: Draft, items: readonly string[], number: number): void {
  const [name, vkey, url, ...more] = items
  if (name === undefined || vkey === undefined || more.length > 0) {
    throw malformed(number, 'not "witness NAME VKEY [URL]"')
  }
  takeName(draft, name, number)
  const key = takeKey(draft, vkey, ED25519_NOTE, number)
  draft.witnesses.push({ name, key, ...(url === undefined ? {} : { url }) })
}

function parseGroup(draft: Draft, items: readonly string[], number: number): void {
  const [name, how, ...members] = items
  if (name === undefined || how === undefined || members.length === 0) {
    throw malformed(number, 'not "group NAME any|all|K MEMBER..."')
  }
  const threshold = how === 'any' ? 1 : how === 'all' ? members.length : parseDecimal(how)
  if (threshold === undefined || threshold < 1 || threshold > members.length) {
    throw malformed(number, `"${shorten(how)}" of ${members.length} members`)
  }
  for (const member of members) {
    const known = draft.names.get(member)
    if (known === undefined) throw malformed(number, `the member "${shorten(member)}", which no line before defines`)
    // A witness in two groups could satisfy both with one signature.
    if (known.isMember) throw malformed(number, `the member "${shorten(member)}", which is in a group already`)
    known.isMember = true
  }
  takeName(draft, name, number)
  draft.groups.push({ name, threshold, members })
}

function parseQuorum(draft: Draft, items: readonly string[], number: number): void {
  const [name, ...more] = items
  if (name === undefined || more.length > 0) throw malformed(number, 'not "quorum NAME"')
  if (draft.quorum !== undefined) throw malformed(number, 'a second quorum line')
  if (name !== NO_QUORUM_NEEDED && !draft.names.has(name)) {
    throw malformed(number, `the quorum "${shorten(name)}", which no line before defines`)
  }
  draft.quorum = name
}

/** A `#tally` line we do not understand is refused: a misspelt rule of trust must not be a comment. */
function parseAddition(draft: Draft, items: readonly string[], number: number): void {
  const [keyword, value, ...more] = items
  if (value === undefined || more.length > 0) throw malformed(number, 'not "#tally KEYWORD VALUE"')
  if (keyword === 'endorser') {
    const party = parseEndorser(value, number)
    if (draft.endorsers.includes(party)) throw malformed(number, 'an endorser that is named twice')
    draft.endorsers.push(party)
  } else if (keyword === 'max-staleness') {
    if (draft.maxStalenessSeconds !== undefined) throw malformed(number, 'a second max-staleness')
    draft.maxStalenessSeconds = parseDuration(value, number)
  } else {
    throw malformed(number, `an unknown addition "#tally ${shorten(keyword ?? '')}"`)
  }
}

function parseEndorser(text: string, number: number): CidText {
  try {
    return parseCid(text)
  } catch (cause) {
    throw malformed(number, `the endorser "${shorten(text)}", which is no party id`, cause)
  }
}

function takeName(draft: Draft, name: string, number: number): void {
  if (name === NO_QUORUM_NEEDED || draft.names.has(name)) {
    throw malformed(number, `the name "${shorten(name)}", which is taken`)
  }
  draft.names.set(name, { isMember: false })
}

/** @param wrongType signature type of the other role, which this line cannot use */
function takeKey(draft: Draft, vkey: string, wrongType: number, number: number): VerifierKey {
  const key = readKey(vkey, number)
  if (key.type === wrongType) throw malformed(number, `a key of type ${key.type}, which is for the other role`)
  const raw = toHex(key.publicKey)
  if (draft.publicKeys.has(raw)) throw malformed(number, `a public key that another line has (${key.name})`)
  draft.publicKeys.add(raw)
  return key
}

/** @throws LedgerError VKEY_MALFORMED, KEY_MALFORMED, KEY_WEAK, with the line */
function readKey(vkey: string, number: number): VerifierKey {
  try {
    const key = parseVerifierKey(vkey)
    if (key.type === ED25519_NOTE || key.type === ED25519_COSIGNATURE) assertRegistrableKey(key.publicKey)
    return key
  } catch (error) {
    if (!isLedgerError(error)) throw error
    throw new LedgerError(error.code, `line ${number} of the policy: ${error.message}`, { cause: error })
  }
}

const SECONDS_PER_UNIT: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]

function parseDuration(text: string, number: number): number {
  const perUnit = SECONDS_PER_UNIT.find(([unit]) => text.endsWith(unit))?.[1]
  const seconds = (parseDecimal(text.slice(0, -1)) ?? 0) * (perUnit ?? 0)
  if (seconds < 1 || !Number.isSafeInteger(seconds)) {
    throw malformed(number, `the duration "${shorten(text)}"; write 30d, 12h, 90m or 45s`)
  }
  return seconds
}

function formatDuration(seconds: number): string {
  const [unit, perUnit] = SECONDS_PER_UNIT.find(([, each]) => seconds % each === 0) ?? ['s', 1]
  return `${seconds / perUnit}${unit}`
}

function rule(threshold: number, members: readonly string[]): string {
  return threshold === members.length ? 'all' : threshold === 1 ? 'any' : String(threshold)
}

function optional<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value]
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text
}

function malformed(number: number, found: string, cause?: unknown): LedgerError {
  const where = number === 0 ? '' : `line ${number} is `
  return new LedgerError('POLICY_MALFORMED', `expected a tlog-policy; ${where}${found}`, { cause })
}
