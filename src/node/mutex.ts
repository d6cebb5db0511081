/** Runs tasks one after another. A failed task fails its caller only; the next one runs all the same. */
export class Mutex {
  private tail: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.tail.then(task)
    this.tail = result.catch(() => undefined)
    return result
  }
}

/** One {@link Mutex} per key, dropped when idle. */
export class KeyedMutex {
  private readonly locks = new Map<string, { mutex: Mutex; users: number }>()

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const lock = this.locks.get(key) ?? { mutex: new Mutex(), users: 0 }
    this.locks.set(key, lock)
    lock.users++
    try {
      return await lock.mutex.run(task)
    } finally {
      if (--lock.users === 0) this.locks.delete(key)
    }
  }
}
