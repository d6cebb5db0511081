/** The story of the demo as nodes/story.yaml tells it: read, not checked beyond what playing it needs. */
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

export interface StoryVersion {
  label: string
  clips: number
  users: number
  hoursTotal: number
  hoursValid: number
  bytes: number
  sha256: string
}

export interface StoryUse {
  id: string
  run: string
  by: string
  actions: string[]
  purposes: string[]
  commercial: boolean
  datasets: { dataset: string; version: string; grant?: string }[]
  model?: string
}

export interface StoryStep {
  after?: 'witnessed-second'
  expect?: string
  says?: string
  register?: string
  publish?: { dataset: string; terms: string }
  grant?: { id: string; dataset: string; terms: string; to?: string }
  accept?: { grant: string; by: string }
  start?: { run: string; by: string; grants: string[] }
  use?: StoryUse
  revoke?: { grant: string; cause: string }
}

export interface Story {
  nodes: string[]
  parties: Record<string, { name: string; type: string; country: string; node?: string }>
  datasets: { id: string; title: string; locales: string[]; task: string; versions: StoryVersion[] }[]
  terms: Record<string, { file: string; grant: 'open' | 'named' }>
  steps: StoryStep[]
  claim: { use: string; by: string; allegation: string }
  compliant: { use: string }
}

export async function readStory(folder: URL): Promise<Story> {
  return parse(await readFile(new URL('story.yaml', folder), 'utf8')) as Story
}
