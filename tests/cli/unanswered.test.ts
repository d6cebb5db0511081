/** A node that takes a statement and does not answer in time: what was signed is kept, and recorded once. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startCliNode } from '../support/cli-node.ts'
import { errorOf, resultOf, tally, temporaryFolder } from '../support/cli-run.ts'

const register = ['dataset', 'register', '--title', 'Luo', '--locale', 'luo', '--yes', '--json']

it('a statement without an answer is kept, and submitted again it is the same one', async () => {
  const folder = await temporaryFolder()
  onTestFinished(() => folder.remove())
  const node = await startCliNode(join(folder.path, 'n'), ['--name', 'coast.example'])
  onTestFinished(async () => void (await node.stop()))
  // The system takes the connection and what is sent for a process that is stopped, which reads it when it goes on.
  node.child.kill('SIGSTOP')
  const unanswered = await tally(node.home, [...register, '--timeout', '1s'])
  node.child.kill('SIGCONT')
  expect(errorOf(unanswered)).toMatchObject({ code: 'PEER_TIMEOUT', exit: 6 })
  const [file] = await readdir(join(node.home, 'unanswered'))
  const path = join(node.home, 'unanswered', file ?? '')
  expect(errorOf(unanswered)['hint']).toContain(`tally submit ${path}`)
  const submitted = await tally(node.home, ['submit', path, '--json'])
  expect(submitted.exit).toBe(0)
  expect(`${String(resultOf(submitted)['id'])}.cose`).toBe(file)
  const listed = await tally(node.home, ['dataset', 'list', '--json'])
  expect(listed.out.trim().split('\n')).toHaveLength(1)
})

it('a statement that never left is not kept', async () => {
  const folder = await temporaryFolder()
  onTestFinished(() => folder.remove())
  const node = await startCliNode(join(folder.path, 'n'), ['--name', 'coast.example'])
  await node.stop()
  expect(errorOf(await tally(node.home, register))).toMatchObject({ code: 'NODE_NOT_RUNNING' })
  expect(await readdir(node.home)).not.toContain('unanswered')
})
