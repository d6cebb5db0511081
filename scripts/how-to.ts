/**
 * `npm run how-to`: runs every command of docs/how-to as it stands there, page after page, against a network of real nodes.
 * A page says with `<!-- run as: NAME -->` on whose machine the following commands run. Exit 1 at the first that fails.
 */
import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startCliNetwork } from '../tests/support/cli-network.ts'
import { resultOf, tally, textField } from '../tests/support/cli-run.ts'

const PAGES = ['first-dataset', 'ci', 'verify-offline', 'grant-and-revoke', 'withdrawal', 'lost-key']
const ORIGIN = 'coast-voices.example/tally/1'
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

/**
 * `npx tally` here is the program of this checkout, with the answers a person would type as flags. After `join` the
 * others take the card, as whoever invited would; after `up` the address is known.
 */
const PRELUDE = `
set -euo pipefail
npx() {
  shift
  local more=()
  [ "$1" = init ] && more=(--listen /ip4/127.0.0.1/tcp/0)
  # In the background this is a shell of its own: the node takes its place, and its end.
  [ "$1" = up ] && exec "$NODE" "$MAIN" "$@" --yes --passphrase-file "$WORLD/passphrase"
  "$NODE" "$MAIN" "$@" --yes --passphrase-file "$WORLD/passphrase" "\${more[@]}" || return $?
  if [ "$1" = join ]; then
    for home in $HOMES; do "$NODE" "$MAIN" peer add "$(cat card.txt)" --home "$home" >&2; done
    ADDRESS=$("$NODE" "$MAIN" status --json | sed 's/.*"addresses":\\["\\([^"]*\\)".*/\\1/')
    until "$NODE" "$MAIN" status --json | grep -q '"operators":2'; do sleep 0.2; done
  fi
}
export -f npx
run_as() { export TALLYSTICK_HOME="$WORLD/homes/$1"; }
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
`

/** The commands of a page, with a line before each block that says where it stands. */
function scriptOf(page: string, text: string): string {
  const out: string[] = []
  let isCommand = false
  for (const [i, line] of text.split('\n').entries()) {
    const who = /^<!-- run as: ([a-z]+) -->$/u.exec(line)?.[1]
    if (who !== undefined) out.push(`run_as ${who}`)
    if (line === '```sh') {
      isCommand = true
      out.push(`echo "== ${page}.md line ${i + 2}" >&2`)
    } else if (line === '```') isCommand = false
    else if (isCommand) out.push(line)
  }
  return out.join('\n')
}

const network = await startCliNetwork(['Library', 'Archive'])
let exit = 1
try {
  const folder = join(network.path, 'work')
  await mkdir(join(folder, 'corpus'), { recursive: true })
  await mkdir(join(network.path, 'homes'))
  await writeFile(join(network.path, 'passphrase'), 'correct horse battery\n', { mode: 0o600 })
  await writeFile(join(folder, 'corpus.tar.gz'), 'clips')
  await writeFile(join(folder, 'corpus/1.mp3'), 'a clip')
  const people = ['contributor-1', 'contributor-2', 'contributor-3']
  await writeFile(join(folder, 'contributors.txt'), people.map((id) => `${id}\n`).join(''))
  await writeFile(
    join(folder, 'consents.ndjson'),
    people.map((id) => `${JSON.stringify({ id, agreed: true })}\n`).join(''),
  )
  const invited = await tally(network.nodes[0]?.home ?? '', ['peer', 'invite', '--json'])
  const pages = await Promise.all(
    PAGES.map(async (page) => {
      const url = new URL(`../docs/how-to/${page}.md`, import.meta.url)
      return scriptOf(page, await readFile(url, 'utf8'))
    }),
  )
  exit = await runBash([PRELUDE, ...pages].join('\n'), folder, {
    NODE: process.execPath,
    MAIN,
    WORLD: network.path,
    HOMES: network.nodes.map(({ home }) => home).join(' '),
    ORIGIN,
    INVITATION: textField(resultOf(invited), 'invitation'),
    NO_COLOR: '1',
  })
} finally {
  await network.stop()
}
console.log(exit === 0 ? `all commands of ${PAGES.length} pages ran` : `a command failed with exit ${exit}`)
process.exitCode = exit === 0 ? 0 : 1

function runBash(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn('bash', ['-s'], { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'inherit', 'inherit'] })
  child.stdin.end(script)
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
}
