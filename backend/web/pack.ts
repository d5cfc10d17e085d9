// Packs every text of the build beforehand: the office sends it small and spends no time on it.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXTS = /\.(js|mjs|css|svg|html|json|webmanifest)$/
/** Less than this fits into one packet anyway. */
const MIN_BYTES = 1_200

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

async function pack(path: string): Promise<void> {
  const plain = await readFile(path)
  if (plain.length < MIN_BYTES) return
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
  await writeFile(`${path}.br`, await brotli(plain, best))
  await writeFile(`${path}.gz`, await zip(plain, { level: constants.Z_BEST_COMPRESSION }))
}

/** Lays a .br and a .gz beside every text of the folder that was built. */
export function packed(): Plugin {
  let folder = ''
  return {
    name: 'packed',
    apply: 'build',
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir)
    },
    closeBundle: async () => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      const texts = entries.filter((one) => one.isFile() && TEXTS.test(one.name))
      await Promise.all(texts.map((one) => pack(join(one.parentPath, one.name))))
    },
  }
}
