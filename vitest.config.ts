import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One for each of two processors: by default one of them would be left to vitest itself, which does little.
    maxWorkers: 2,
  },
})
