import { describe, expect, test } from 'vitest'
import { formatCheckpoint } from '../../src/note/checkpoint.ts'
import { formatNote } from '../../src/note/note.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { fsck } from '../../src/storage/fsck.ts'
import {
  closingNoteKey,
  entryKey,
  freezeKey,
  idKey,
  latestNoteKey,
  logStateKey,
  noteKey,
  originKey,
  queueKey,
  rootSignatureKey,
  tileKey,
  u48,
} from '../../src/storage/keys.ts'
import { encodeLogState } from '../../src/storage/log-state.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { putFreeze, putMeta, putQueued, putWitnessState } from '../../src/storage/node-rows.ts'
import { nativeSha256 } from '../../src/storage/native-sha256.ts'
import type { Operation } from '../../src/storage/store.ts'
import { testEntries, testEntry } from '../support/storage-entries.ts'
import { append } from '../support/storage-fixtures.ts'

const ORIGIN = 'checked.example/log'

function noteOf(size: number, root: Uint8Array, origin = ORIGIN): Uint8Array {
  const signature = { name: origin, keyId: 1, signature: new Uint8Array(64) }
  return formatNote({ text: formatCheckpoint({ origin, size, root }), signatures: [signature] })
}

async function wholeStore(): Promise<MemoryStore> {
  const store = new MemoryStore()
  const other = await openLogStore(store, 'other.example/log')
  const log = await openLogStore(store, ORIGIN)
  await append(store, other, testEntries(0, 10, 40, 'other'))
  await append(store, log, testEntries(0, 700))
  for (const size of [1, 256, 300, 700]) {
    const note = log.notes.prepareNote(size, noteOf(size, log.rootAt(size)), new Uint8Array(64))
    await store.commit(note.operations)
    log.notes.applied(note)
  }
  await store.commit([
    ...log.notes.prepareLatest(700, noteOf(700, log.root())),
    putMeta('epoch', new Uint8Array(16)),
    putQueued(3, new Uint8Array(5)),
    putWitnessState('w.example/log', new Uint8Array(5)),
    putFreeze('f.example/log', new Uint8Array(5)),
  ])
  return store
}

const put = (key: Uint8Array, value: Uint8Array): Operation => ({ type: 'put', key, value })
const del = (key: Uint8Array): Operation => ({ type: 'del', key })
const id = (index: number) => idKey(1, nativeSha256(testEntry(index).bytes))

describe('fsck', () => {
  test('finds nothing in a whole store, and says how much it checked', async () => {
    const store = await wholeStore()
    const log = await openLogStore(store, ORIGIN)
    const report = await fsck(store, {
      heads: [
        { origin: ORIGIN, size: 700, root: log.root() },
        { origin: ORIGIN, size: 256, root: log.rootAt(256) },
      ],
    })
    expect(report).toMatchObject({ ok: true, findings: [], findingCount: 0 })
    expect(report.checked).toMatchObject({ logs: 2, entries: 710, tiles: 2, ids: 710, notes: 4 })
  })

  const damages: [string, Operation[], string][] = [
    ['a missing entry', [del(entryKey(1, 5))], 'ENTRY_MISSING'],
    [
      'a changed entry',
      [put(entryKey(1, 5), new Uint8Array(40))],
      'ID_MISSING TILE_WRONG NOTE_WRONG ROOT_WRONG ID_ORPHAN',
    ],
    ['an entry beyond the size', [put(entryKey(1, 700), new Uint8Array(40))], 'ENTRY_ORPHAN'],
    ['a missing tile', [del(tileKey(1, 0, 1))], 'TILE_MISSING'],
    ['a changed tile', [put(tileKey(1, 0, 1), new Uint8Array(8192))], 'TILE_WRONG'],
    ['a tile beyond the size', [put(tileKey(1, 0, 2), new Uint8Array(8192))], 'TILE_ORPHAN'],
    ['a tile of a level that is not there', [put(tileKey(1, 1, 0), new Uint8Array(8192))], 'TILE_ORPHAN'],
    ['a missing id', [del(id(9))], 'ID_MISSING'],
    ['an id that leads elsewhere', [put(id(9), u48(10))], 'ID_MISSING ID_ORPHAN'],
    ['an id of no entry', [put(id(900), u48(10))], 'ID_ORPHAN'],
    ['a note of another root', [put(noteKey(1, 300), noteOf(300, new Uint8Array(32)))], 'NOTE_WRONG'],
    ['a note under another size', [put(noteKey(1, 301), noteOf(300, new Uint8Array(32)))], 'NOTE_WRONG'],
    ['a note of another log', [put(noteKey(1, 300), noteOf(300, new Uint8Array(32), 'x.example/log'))], 'NOTE_WRONG'],
    ['a last note of another root', [put(closingNoteKey(1, 300), noteOf(300, new Uint8Array(32)))], 'NOTE_WRONG'],
    ['a note that is none', [put(noteKey(1, 300), new Uint8Array(3))], 'NOTE_WRONG'],
    ['a note beyond the size', [put(noteKey(1, 701), noteOf(701, new Uint8Array(32)))], 'NOTE_BEYOND_SIZE'],
    ['a root signature without its note', [put(rootSignatureKey(1, 299), new Uint8Array(64))], 'SIGNATURE_ORPHAN'],
    [
      'another stored root',
      [put(logStateKey(1), encodeLogState({ size: 700, root: new Uint8Array(32), origin: ORIGIN }))],
      'ROOT_WRONG',
    ],
    ['a short state row', [put(logStateKey(1), new Uint8Array(3))], 'LOG_STATE_WRONG'],
    ['a missing log number', [del(originKey(ORIGIN))], 'LOG_STATE_WRONG'],
    ['an origin without a log', [put(originKey('gone.example/log'), Uint8Array.of(0, 0, 0, 7))], 'ROW_ORPHAN'],
    [
      'rows of a log without a state',
      [put(entryKey(9, 0), new Uint8Array(3)), put(latestNoteKey(9), u48(1))],
      'ROW_ORPHAN',
    ],
    ['a row of no table', [put(encodeUtf8('zebra'), new Uint8Array(3))], 'ROW_ORPHAN'],
  ]

  test.each(damages)('finds %s', async (_, operations, codes) => {
    const store = await wholeStore()
    await store.commit(operations)
    const report = await fsck(store)
    const found = new Set(report.findings.map((finding) => finding.code))
    for (const code of codes.split(' ')) expect(found).toContain(code)
    expect(report.ok).toBe(false)
    expect(report.findings.every((finding) => /^([0-9a-f]{2})+$/.test(finding.key))).toBe(true)
  })

  test('finds a store that is smaller than its head, of another root, or without its log', async () => {
    const store = await wholeStore()
    const root = new Uint8Array(32)
    const codes = async (origin: string, size: number) =>
      (await fsck(store, { heads: [{ origin, size, root }] })).findings.map((finding) => finding.code)
    expect(await codes(ORIGIN, 701)).toEqual(['HEAD_BEYOND_SIZE'])
    expect(await codes(ORIGIN, 700)).toEqual(['HEAD_WRONG'])
    expect(await codes(ORIGIN, 0)).toEqual(['HEAD_WRONG'])
    expect(await codes('gone.example/log', 0)).toEqual(['HEAD_BEYOND_SIZE'])
  })

  test('stops with a code when the database itself fails', async () => {
    const store = await wholeStore()
    await store.close()
    expect(await fsck(store)).toMatchObject({ ok: false, stopped: 'STORE_FAILED' })
  })

  test('checks every row key the layout table knows', () => {
    expect(queueKey(1)[0]).toBe(0x71)
    expect(freezeKey('a')[0]).toBe(0x66)
  })
})
