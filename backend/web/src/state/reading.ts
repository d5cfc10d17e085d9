// What a part of a page reads of the office: as it comes up, at a wish, and what failed once the line is back.
import { onMounted, shallowRef } from 'vue'
import { Trouble } from '@/api/http'
import { useReturn } from './feed'

/** For a component's setup; `load` reads anew, `trouble` says why the last reading failed. */
export function useReading(read: () => Promise<void>) {
  const trouble = shallowRef<Trouble | null>(null)

  async function load(): Promise<void> {
    try {
      await read()
      trouble.value = null
    } catch (caught) {
      trouble.value = caught as Trouble
    }
  }

  onMounted(load)
  useReturn(() => trouble.value, load)
  return { trouble, load }
}
