// What is typed in a call: kept by the office every two seconds, so it outlives page, browser and seat.
import { onBeforeUnmount, reactive, ref, watch } from 'vue'
import { Trouble } from '@/api/http'
import { freshKey } from '@/api/key'
import { office } from '@/api/office'
import type { Point } from '@/api/types'

export interface Typed {
  text: string
  place: string
  point: Point | null
  cell: string | null
  matter: string | null
  condition: string | null
  urgency: string | null
  /** False where somebody has said that it is not the city's to handle: it is not led on then. */
  in_scope: boolean | null
  phone: string
  name: string
  /** Of the report that this becomes: sent twice, it is taken once. */
  key: string
}
export type Name = keyof Typed
/** What another page wrote into a field that was typed in here, too. */
export type Differing = Partial<Record<Name, Record<string, unknown>>>

const EVERY_MS = 2_000
/** While nothing is written down. */
const SILENT = ['loading', 'over']
const blank = (): Typed => ({
  text: '', place: '', point: null, cell: null, matter: null, condition: null, urgency: null, in_scope: null, phone: '', name: '', key: freshKey(),
})

const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null)
const copy = (typed: Typed): Typed => JSON.parse(JSON.stringify(typed)) as Typed

/** A place is its words with its position: they never come from two pages. */
const TOGETHER: Name[][] = [['place', 'point', 'cell'], ['matter', 'condition']]
const groups = (all: Name[]) => [...TOGETHER, ...all.filter((name) => !TOGETHER.flat().includes(name)).map((name) => [name])]

/** What was typed here stays, what was not comes from there; gives what differs, by the first of its group. */
export function merge(base: Typed, mine: Typed, theirs: Partial<Typed>): { typed: Typed; differing: Differing } {
  const typed = copy(mine)
  const differing: Differing = {}
  const put = typed as unknown as Record<Name, unknown>
  for (const group of groups(Object.keys(base) as Name[])) {
    const [first] = group as [Name]
    const theirsChanged = group.some((name) => name in theirs && !same(theirs[name], base[name]))
    if (!theirsChanged || group.every((name) => same(theirs[name], mine[name]))) continue
    const touched = group.some((name) => !same(mine[name], base[name]))
    if (touched && first !== 'key') differing[first] = Object.fromEntries(group.map((name) => [name, theirs[name] ?? null]))
    else for (const name of group) put[name] = theirs[name] ?? (blank()[name] as unknown)
  }
  return { typed, differing }
}

/** Writes down what is typed in pages that are open: whoever takes the call next is to see it. */
export async function keepTyped(): Promise<void> {
  await Promise.all([...open].map((save) => save()))
}

const open = new Set<() => Promise<void>>()

export function useCallDraft(call: string) {
  const typed = reactive<Typed>(blank())
  const differing = ref<Differing>({})
  const state = ref<'loading' | 'kept' | 'typing' | 'failed' | 'taken' | 'over'>('loading')
  let base = copy(typed)
  let version = 0
  let timer = 0
  let saving: Promise<void> | null = null

  function take(theirs: Partial<Typed>): void {
    const found = merge(base, copy(typed), theirs)
    Object.assign(typed, found.typed)
    differing.value = { ...differing.value, ...found.differing }
    base = { ...base, ...theirs }
  }

  async function load(): Promise<void> {
    const kept = await office.callDraft(call)
    version = kept.version
    take(kept.typed as Partial<Typed>)
    if (state.value === 'loading') state.value = 'kept'
  }

  async function write(last: boolean): Promise<void> {
    const sent = copy(typed)
    try {
      const kept = await office.keepCallDraft(call, { version, typed: { ...sent } }, last)
      version = kept.version
      base = sent
      state.value = same(sent, typed) ? 'kept' : 'typing'
    } catch (trouble) {
      if (!(trouble instanceof Trouble && trouble.status === 409)) {
        // Whoever has the call now writes; it may come back, and what was typed here is not lost.
        state.value = trouble instanceof Trouble && trouble.status === 403 ? 'taken' : 'failed'
        return
      }
      await load()
      await write(last)
    }
  }

  /** Writes down what was typed since; one writing at a time. */
  async function save(last = false): Promise<void> {
    unset()
    await saving
    if (SILENT.includes(state.value) || same(base, typed)) return
    saving = write(last).catch(() => void (state.value = 'failed'))
    await saving
    saving = null
    if (!SILENT.includes(state.value) && !same(base, typed) && !last) later()
  }

  function unset(): void {
    window.clearTimeout(timer)
    timer = 0
  }

  function later(): void {
    timer ||= window.setTimeout(() => void save(), EVERY_MS)
  }

  const stop = watch(typed, () => {
    if (SILENT.includes(state.value) || same(base, typed)) return
    if (state.value === 'kept') state.value = 'typing'
    later()
  })

  /** It has become a report. */
  async function end(): Promise<void> {
    unset()
    await saving
    state.value = 'over'
  }

  /** One report more of the same call begins with who calls; the office has let go of the one before. */
  async function again(): Promise<void> {
    const { phone, name } = typed
    base = { ...blank(), phone, name }
    Object.assign(typed, base)
    differing.value = {}
    state.value = 'kept'
    await load().catch(() => (state.value = 'failed'))
  }

  const left = () => void save(true)
  const keep = () => save()
  open.add(keep)
  const seen = () => {
    if (document.visibilityState === 'hidden') left()
    else if (state.value === 'kept') void load().catch(() => undefined)
  }
  window.addEventListener('pagehide', left)
  document.addEventListener('visibilitychange', seen)
  onBeforeUnmount(() => {
    left()
    stop()
    open.delete(keep)
    window.removeEventListener('pagehide', left)
    document.removeEventListener('visibilitychange', seen)
  })
  return { typed, differing, state, load, save, end, again }
}
