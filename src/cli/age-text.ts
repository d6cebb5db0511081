/**
 * age encryption with a passphrase (age-encryption.org/v1, scrypt recipient), as armored text that the age program
 * reads too.
 */
import { Decrypter, Encrypter, armor } from 'age-encryption'
import type { Stanza } from 'age-encryption'
import { LedgerError } from '../errors.ts'

/** log2 of scrypt's N: OWASP's figure for 2026; about half a second here. */
const SCRYPT_WORK_FACTOR = 17

export const AGE_BEGIN = '-----BEGIN AGE ENCRYPTED FILE-----'

export async function encryptAge(plain: Uint8Array, passphrase: string): Promise<string> {
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  encrypter.setScryptWorkFactor(SCRYPT_WORK_FACTOR)
  return armor.encode(await encrypter.encrypt(plain))
}

/**
 * The bytes of an armored age file: to be called before a passphrase is asked for.
 *
 * @throws LedgerError AGE_MALFORMED when the text is none, or not whole
 */
export function decodeAgeText(text: string, what: string): Uint8Array {
  if (!text.trimStart().startsWith(AGE_BEGIN)) {
    throw new LedgerError('AGE_MALFORMED', `${what} is no age-encrypted file: it does not begin with "${AGE_BEGIN}"`, {
      hint: 'check that the right file was given; nothing was changed',
    })
  }
  try {
    return armor.decode(text)
  } catch (cause) {
    throw damaged(what, cause)
  }
}

/**
 * @throws LedgerError AGE_MALFORMED when the text is no age file, cut short or changed; PASSPHRASE when the passphrase is
 *   another one (a change to the few bytes that it opens first looks the same)
 */
export async function decryptAge(text: string, passphrase: string, what: string): Promise<Uint8Array> {
  const bytes = decodeAgeText(text, what)
  // Identities are tried in this order, and none after one that fits: the two that never fit tell how far it came.
  let stanzas: readonly Stanza[] | undefined
  let isOtherPassphrase = false
  const decrypter = new Decrypter()
  decrypter.addIdentity({
    unwrapFileKey: (found) => {
      stanzas = found
      return null
    },
  })
  decrypter.addPassphrase(passphrase)
  decrypter.addIdentity({
    unwrapFileKey: () => {
      isOtherPassphrase = true
      return null
    },
  })
  try {
    return await decrypter.decrypt(bytes)
  } catch (cause) {
    if (!isOtherPassphrase) throw damaged(what, cause)
    if (stanzas?.every(({ args: [type] }) => type !== 'scrypt')) {
      throw new LedgerError('AGE_MALFORMED', `${what} is encrypted to a key of age, not with a passphrase`, {
        cause,
        hint: 'check that the right file was given; nothing was changed',
      })
    }
    throw new LedgerError('PASSPHRASE', `this passphrase does not open ${what}`, {
      cause,
      hint: 'nothing was changed; check the keyboard layout and try again',
    })
  }
}

function damaged(what: string, cause: unknown): LedgerError {
  return new LedgerError('AGE_MALFORMED', `${what} is cut short or was changed: it is not as age wrote it`, {
    cause,
    hint: 'no passphrase mends that: take another copy of the file; nothing was changed',
  })
}
