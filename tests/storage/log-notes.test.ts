/** Which notes of a log are kept, and until when. */
import { expect, test } from 'vitest'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'

const note = (text: string): Uint8Array => encodeUtf8(text)

test('the last heartbeat of a size stays when the log grows beyond it, and no other', async () => {
  const store = new MemoryStore()
  const { notes } = await openLogStore(store, 'a.example/log')
  const publish = async (size: number, text: string): Promise<void> => {
    const prepared = notes.prepareNote(size, note(text))
    await store.commit(prepared.operations)
    notes.applied(prepared)
  }
  const beat = (size: number, text: string): Promise<void> => store.commit(notes.prepareLatest(size, note(text)))

  await publish(1, 'first 1')
  expect(notes.closingNoteAt(1)).toBeUndefined()
  await beat(1, 'beat 1a')
  await beat(1, 'beat 1b')
  expect(notes.closingNoteAt(1)).toEqual(note('beat 1b'))
  await publish(2, 'first 2')
  // Nothing is cosigned again yet: the newest heartbeat is still that of size 1.
  expect(notes.closingNoteAt(1)).toEqual(note('beat 1b'))
  await beat(2, 'first 2')
  expect([notes.closingNoteAt(1), notes.closingNoteAt(2)]).toEqual([note('beat 1b'), undefined])
  await publish(3, 'first 3')
  await beat(3, 'beat 3')
  // The first note of size 2 was its last: it is not kept twice.
  expect([1, 2, 3].map((size) => notes.closingNoteAt(size))).toEqual([note('beat 1b'), undefined, note('beat 3')])

  const opened = await openLogStore(store, 'a.example/log')
  expect(opened.notes.closingNoteAt(1)).toEqual(note('beat 1b'))
  expect(opened.notes.latest()).toEqual({ size: 3, note: note('beat 3') })
})
