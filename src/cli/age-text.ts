/**
 * age encryption with a passphrase (age-encryption.org/v1, scrypt recipient), as armored text that the age program
 * reads too.
 */
import { Decrypter, Encrypter, armor } from 'age-encryption'
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

/** @throws LedgerError PASSPHRASE when it is another one, or the text was changed */
export async function decryptAge(text: string, passphrase: string, what: string): Promise<Uint8Array> {
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase)
  try {
    return await decrypter.decrypt(armor.decode(text))
  } catch (cause) {
    throw new LedgerError('PASSPHRASE', `this passphrase does not open ${what}`, {
      cause,
      hint: 'nothing was changed; check the keyboard layout and try again',
    })
  }
}
