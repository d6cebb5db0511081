/**
 * Loaded into a child before its program: ends it when its standard input does, which is a pipe that the demo holds. The
 * system closes that pipe however the demo ended, so that not even SIGKILL leaves a node running.
 */
import type { Socket } from 'node:net'

const pipe = process.stdin as unknown as Socket
pipe.on('end', () => process.kill(process.pid, 'SIGTERM'))
pipe.resume()
// It must not keep a child alive that has ended its work.
pipe.unref()
