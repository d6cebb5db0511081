/**
 * The pure core in a real browser: bundled by vite as a web page would, run in headless Chromium, asked from a test.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type Page, chromium } from 'playwright-core'
import { build } from 'vite'

/** Where systems put it; TALLYSTICK_CHROMIUM names another place. */
const PLACES = [
  process.env['TALLYSTICK_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

export const CHROMIUM: string | undefined = PLACES.find((path) => path !== '' && existsSync(path))

if (CHROMIUM === undefined) {
  console.warn(
    '\n*** SKIPPED: no Chromium is installed, so the core is NOT tested in a browser (TALLYSTICK_CHROMIUM=path) ***\n',
  )
}

export interface CorePage {
  readonly page: Page
  close(): Promise<void>
}

/** A page that holds the exports of one file of this folder as `tallystick` and nothing else. */
export async function openPage(entry: string): Promise<CorePage> {
  const [script, browser] = await Promise.all([bundleForPage(entry), launch()])
  const page = await browser.newPage()
  await page.addScriptTag({ content: script })
  return { page, close: () => browser.close() }
}

/** Calls one of the page's functions; input and answer are JSON. */
export function ask<T>(opened: CorePage | undefined, name: string, input: unknown): Promise<T> {
  if (opened === undefined) throw new Error('the page is not open')
  return opened.page.evaluate(`tallystick[${JSON.stringify(name)}](${JSON.stringify(input)})`)
}

function launch(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('no Chromium is installed')
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS })
}

/** The script that a page would load. Fails when anything in it needs Node. */
export async function bundleForPage(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      lib: { entry: fileURLToPath(new URL(entry, import.meta.url)), formats: ['iife'], name: 'tallystick' },
    },
  })
  const outputs = Array.isArray(result) ? result : [result]
  const chunks = outputs.flatMap((output) => ('output' in output ? output.output : []))
  const [chunk] = chunks
  if (chunk?.type !== 'chunk' || chunks.length !== 1) throw new Error('expected one script from vite')
  if (/__vite-browser-external|\brequire\(|from ['"]node:/.test(chunk.code)) throw new Error('the core needs Node')
  return chunk.code
}
