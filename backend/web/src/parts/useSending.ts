// A small form that is sent to the office: what is wrong stands beside its field, which gets the cursor.
import { nextTick, ref, useTemplateRef } from 'vue'
import { Trouble } from '@/api/http'
import { sends } from '@/state/keys'
import { wording } from '@/state/tell'

/** What is wrong with a form, by the name of the input that it is mended in; '' for the whole. */
export interface Wrong {
  field: string
  text: string
}

/** Of a form with the ref `form`. `lacking` tells what can be told without asking the office, which judges all the rest. */
export function useSending(lacking: () => Wrong | null, post: () => Promise<void>) {
  const form = useTemplateRef<HTMLFormElement>('form')
  const wrong = ref<Wrong | null>(null)
  const busy = ref(false)

  async function complain(found: Wrong): Promise<void> {
    wrong.value = found
    await nextTick()
    form.value?.querySelector<HTMLElement>(`[name="${found.field}"]`)?.focus()
  }

  async function send(): Promise<void> {
    if (busy.value) return
    wrong.value = null
    const lacks = lacking()
    if (lacks) return complain(lacks)
    busy.value = true
    try {
      await post()
    } catch (trouble) {
      await complain({ field: trouble instanceof Trouble ? (trouble.field ?? '') : '', text: wording(trouble) })
    } finally {
      busy.value = false
    }
  }

  function press(event: KeyboardEvent): void {
    if (!sends(event)) return
    event.preventDefault()
    void send()
  }

  return { wrong, busy, complain, send, press }
}
