// What somebody has typed and not yet sent; it survives a reload and a lost race.
import { reactive, watch, type Reactive } from 'vue'
import { me } from './session'

export interface Draft {
  note: string
  text: string | null
  place_text: string | null
}

const EMPTY: Draft = { note: '', text: null, place_text: null }

function name(number: string, action: string): string {
  return `hotline.draft.${me.value?.person ?? ''}.${number}.${action}`
}

function stored(key: string): Partial<Draft> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Draft>
  } catch {
    return {}
  }
}

/** A draft that writes itself down with every keystroke. Call it inside a component's setup. */
export function useDraft(number: string, action: string): { draft: Reactive<Draft>; drop: () => void } {
  const key = name(number, action)
  const draft = reactive<Draft>({ ...EMPTY, ...stored(key) })
  const stop = watch(draft, (typed) => {
    if (typed.note || typed.text !== null || typed.place_text !== null) {
      localStorage.setItem(key, JSON.stringify(typed))
    } else localStorage.removeItem(key)
  })
  const drop = () => {
    stop()
    localStorage.removeItem(key)
  }
  return { draft, drop }
}

/** Whether something typed waits for this action. */
export function hasDraft(number: string, action: string): boolean {
  return localStorage.getItem(name(number, action)) !== null
}
