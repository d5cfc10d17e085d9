// Builds the console into backend/static; `HOTLINE_OFFICE` names the office to develop against.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { packed } from './pack'

const office = process.env['HOTLINE_OFFICE'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue(), packed()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: '../static',
    emptyOutDir: true,
    target: 'es2022',
    // The office serves under a strict CSP: nothing may become a data: script or inline style.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': { target: office, ws: true } } },
})
