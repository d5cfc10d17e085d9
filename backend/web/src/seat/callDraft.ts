// What is typed in a call: kept by the office every two seconds, so that it outlives this page.
import { onBeforeUnmount, reactive, ref, watch, type Ref } from 'vue'
import { Trouble } from '@/api/http'
import { office } from '@/api/office'
import type { Point } from '@/api/types'

export interface CallTyped {
  text: string
  place: string
  point: Point | null
  cell: string | null
  matter: string | null
  condition: string | null
  name: string
}

const EMPTY: CallTyped = {
  text: '', place: '', point: null, cell: null, matter: null, condition: null, name: '',
}
const SAVE_EVERY_MS = 2_000
type Field = keyof CallTyped

/** The form of a call; `clash` names the fields that another page has written otherwise. */
export function useCallDraft(key: Ref<string>) {
  const typed = reactive<CallTyped>({ ...EMPTY })
  const clash = ref<Field[] | null>(null)
  let [kept, version, theirs] = [JSON.stringify(EMPTY), 0, { ...EMPTY }]
  let saving = false

  watch(key, load, { immediate: true })
  const timer = window.setInterval(() => void save(), SAVE_EVERY_MS)
  onBeforeUnmount(() => {
    window.clearInterval(timer)
    void save()
  })

  async function load(): Promise<void> {
    Object.assign(typed, EMPTY)
    kept = JSON.stringify(EMPTY)
    version = 0
    clash.value = null
    try {
      const draft = await office.callDraft(key.value)
      Object.assign(typed, draft.typed)
      kept = JSON.stringify(typed)
      version = draft.version
    } catch {
      // Before the call is answered, or after it is somebody else's, there is none to be read.
    }
  }

  async function save(): Promise<void> {
    const now = JSON.stringify(typed)
    if (saving || clash.value || now === kept) return
    saving = true
    try {
      version = (await office.keepCallDraft(key.value, { version, typed: { ...typed } })).version
      kept = now
    } catch (trouble) {
      if (trouble instanceof Trouble && trouble.code === 'draft_changed') await compare()
    } finally {
      saving = false
    }
  }

  /** Takes what only the other page has changed; what both have is left to the person. */
  async function compare(): Promise<void> {
    const draft = await office.callDraft(key.value)
    const before = JSON.parse(kept) as CallTyped
    theirs = { ...EMPTY, ...(draft.typed as Partial<CallTyped>) }
    version = draft.version
    const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
    const fields = Object.keys(EMPTY) as Field[]
    const free = fields.filter((name) => same(typed[name], before[name]))
    Object.assign(typed, Object.fromEntries(free.map((name) => [name, theirs[name]])))
    const both = fields.filter((name) => !same(typed[name], theirs[name]) && !same(theirs[name], before[name]))
    clash.value = both.length ? both : null
  }

  function merge(whose: 'mine' | 'theirs'): void {
    const fields = clash.value ?? []
    if (whose === 'theirs') Object.assign(typed, Object.fromEntries(fields.map((name) => [name, theirs[name]])))
    clash.value = null
    void save()
  }

  return { typed, clash, merge }
}
