import { mkdtemp, rm } from 'node:fs/promises'
import { benchSubjectIndex } from '/work/main/scripts/bench/subject-index.ts'
const f = await mkdtemp('/tmp/bi-')
for await (const x of benchSubjectIndex(f, Number(process.argv[2]))) console.log(new Date().toISOString().slice(11,19), JSON.stringify(x))
await rm(f, { recursive: true, force: true })
