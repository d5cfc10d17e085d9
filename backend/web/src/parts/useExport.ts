// A file that the office writes while somebody waits: how far it is, and a way to cancel it.
import { onBeforeUnmount, shallowRef } from 'vue'
import { exporting } from '@/api/exporting'
import type { Trouble } from '@/api/http'
import { keep } from '@/api/keep'

/** `path` gives what is asked for; `written` is told how many rows the file has once it is kept. */
export function useExport(path: () => string, written: (rows: number) => void) {
  /** How far it is, null while nothing is written; `of` is 0 until the office has said how many there are. */
  const done = shallowRef<{ rows: number; of: number } | null>(null)
  const trouble = shallowRef<Trouble | null>(null)
  let running: AbortController | null = null

  async function start(): Promise<void> {
    if (running) return
    const mine = (running = new AbortController())
    trouble.value = null
    done.value = { rows: 0, of: 0 }
    try {
      const made = await exporting(path(), (rows, of) => (done.value = { rows, of }), mine.signal)
      keep(made.file, made.name)
      written(done.value?.rows ?? 0)
    } catch (caught) {
      if (!mine.signal.aborted) trouble.value = caught as Trouble
    } finally {
      if (running === mine) cancel()
    }
  }

  function cancel(): void {
    running?.abort()
    running = null
    done.value = null
  }

  onBeforeUnmount(cancel)
  return { done, trouble, start, cancel }
}
