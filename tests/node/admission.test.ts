/** Strangers at the door of a log: how often they may come in. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { homePaths } from '../../src/node/home.ts'
import { nativeSigner } from '../../src/node/native-crypto.ts'
import { type RunningNode, runNode } from '../../src/node/run.ts'
import { didKey } from '../../src/signing/key.ts'
import { prepareStatement, signStatement } from '../../src/statement/envelope.ts'
import { createTestHomes, eventually } from '../support/node-network.ts'

let folder = ''
let node: RunningNode | undefined
afterEach(async () => {
  await node?.stop()
  await rm(folder, { recursive: true, force: true })
})

function stranger(name: string): Uint8Array {
  const signer = nativeSigner(new Uint8Array(randomBytes(32)))
  const payload = { v: 1, name, keys: [signer.publicKey], threshold: 1, logs: ['door.example/tally/1'] } as const
  return signStatement(prepareStatement(3, payload, { iss: didKey(signer.publicKey) }, signer.publicKey), signer)
}

it.each(['open', 'counterparties'])('new parties share one daily limit under %s', async (mode) => {
  folder = await mkdtemp(join(tmpdir(), 'tallystick-door-'))
  const [home] = await createTestHomes(folder, ['door'])
  const path = homePaths(home?.home ?? '').config
  const text = await readFile(path, 'utf8')
  await writeFile(
    path,
    text.replace(/mode: \w+/u, `mode: ${mode}`).replace(/perIssuerDaily: \d+/u, 'perIssuerDaily: 3'),
  )
  const running = await runNode(home?.home ?? '')
  node = running
  await eventually(() => running.api.status().state === 'READY')
  const answers: string[] = []
  for (let i = 0; i < 5; i++) {
    const answer = await running.api
      .submit(stranger(`stranger ${i}`), { wait: 'logged', timeoutMs: 5000 })
      .catch((error: unknown) => error)
    answers.push(
      answer instanceof Error
        ? String((answer as Error & { code?: string }).code)
        : (answer as { state: string }).state,
    )
  }
  expect(answers.slice(0, 3).every((answer) => answer !== 'refused' && answer !== 'QUOTA')).toBe(true)
  expect(answers.slice(3).every((answer) => answer === 'refused' || answer === 'QUOTA')).toBe(true)
})
