// The tests of what the console makes of what the office says: its state, and its forms by themselves.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: { environment: 'happy-dom', pool: 'vmThreads', include: ['tests/**/*.test.ts'], restoreMocks: true },
})
