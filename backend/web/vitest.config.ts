// The tests of the console's state: what it makes of what the office says, without a page.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: { environment: 'happy-dom', pool: 'vmThreads', include: ['tests/**/*.test.ts'], restoreMocks: true },
})
