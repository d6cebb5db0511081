import { Encrypter, armor, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { beforeAll, expect, test } from 'vitest'
import { decryptAge, encryptAge } from '../../src/cli/age-text.ts'

const PASSPHRASE = 'correct horse battery'
/** More than one chunk of 64 KiB. */
const PLAIN = new Uint8Array(70_000).map((_, i) => i)
let text: string
let bytes: Uint8Array
beforeAll(async () => {
  // As encryptAge makes it, but for a passphrase that is tried in a hundredth of the time: it is tried again and again.
  const encrypter = new Encrypter()
  encrypter.setPassphrase(PASSPHRASE)
  encrypter.setScryptWorkFactor(10)
  bytes = await encrypter.encrypt(PLAIN)
  text = armor.encode(bytes)
})

const open = async (what: string, passphrase = PASSPHRASE): Promise<Uint8Array> =>
  decryptAge(what, passphrase, 'the backup')
const withByte = (index: number): string => armor.encode(bytes.map((byte, i) => (i === index ? byte ^ 1 : byte)))
/** Where a text of the header begins. */
const at = (needle: string): number => Buffer.from(bytes).indexOf(needle)

test('the right passphrase opens it', async () => {
  expect(Buffer.from(await open(await encryptAge(PLAIN, PASSPHRASE))).equals(PLAIN)).toBe(true)
  expect(Buffer.from(await open(text)).equals(PLAIN)).toBe(true)
  expect(Buffer.from(await open(text.replaceAll('\n', '\r\n'))).equals(PLAIN)).toBe(true)
})

test('another passphrase is called that', async () => {
  await expect(open(text, 'correct horse batteri')).rejects.toMatchObject({ code: 'PASSPHRASE' })
})

test.each(['', 'garbage', '\u0000\u0001', 'v: 1\n'])('what is no age file is called that: %j', async (what) => {
  await expect(open(what)).rejects.toMatchObject({
    code: 'AGE_MALFORMED',
    message: expect.stringContaining('is no age-encrypted file') as string,
  })
})

test.each([0.001, 0.5, 0.999])('a text cut at %d of its length is cut short, whatever the passphrase', async (part) => {
  const cut = text.slice(0, Math.max(40, Math.floor(text.length * part)))
  await expect(open(cut)).rejects.toMatchObject({
    code: 'AGE_MALFORMED',
    message: expect.stringMatching(/cut short/u) as string,
  })
  await expect(open(cut, 'another one')).rejects.toMatchObject({ code: 'AGE_MALFORMED' })
})

test('bytes that were cut inside whole armor are cut short', async () => {
  const headerSize = at('---') + 4 + 43 + 1
  const chunk = 65_536 + 16
  for (const size of [
    0,
    10,
    at('->') + 5,
    at('---') + 8,
    headerSize,
    headerSize + 9,
    headerSize + 16 + chunk,
    bytes.length - 1,
  ])
    await expect(open(armor.encode(bytes.subarray(0, size))), `size ${size}`).rejects.toMatchObject({
      code: 'AGE_MALFORMED',
    })
})

test('one changed byte of the version, the MAC, the nonce or the body is a change', async () => {
  const headerSize = at('---') + 4 + 43 + 1
  for (const index of [0, at('---') + 6, headerSize + 3, headerSize + 40, bytes.length - 1])
    await expect(open(withByte(index)), `byte ${index}`).rejects.toMatchObject({ code: 'AGE_MALFORMED' })
})

test('a file for a key of age is no file with a passphrase', async () => {
  const encrypter = new Encrypter()
  encrypter.addRecipient(await identityToRecipient(await generateX25519Identity()))
  await expect(open(armor.encode(await encrypter.encrypt(PLAIN)))).rejects.toMatchObject({
    code: 'AGE_MALFORMED',
    message: expect.stringMatching(/not with a passphrase/u) as string,
  })
})
