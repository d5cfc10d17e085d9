// What somebody has typed, chosen and added and not yet sent: it outlives its form, a reload and a
// lost race, and is gone once it is sent.
import { effectScope, reactive, ref, watch, type Reactive } from 'vue'
import { me } from './session'

interface Kept {
  draft: object
  drop: () => void
}

const PREFIX = 'hotline.draft.'
const OPEN = 'hotline.open'
// A photo may arrive after its form was left, so a draft lives as long as the page.
const kept = new Map<string, Kept>()

const nameOf = (what: string, person = me.value?.person ?? '') => `${PREFIX}${person}.${what}`

function stored(name: string): object {
  try {
    return JSON.parse(localStorage.getItem(name) ?? '{}') as object
  } catch {
    return {}
  }
}

/** Moves with every draft that is written down or dropped: what says that there is one follows. */
const turns = ref(0)

function store(name: string, text: string): void {
  turns.value++
  try {
    localStorage.setItem(name, text)
  } catch {
    // A browser that keeps nothing more still has the draft until the page is left.
  }
}

function remove(name: string): void {
  turns.value++
  localStorage.removeItem(name)
}

/** A draft that writes itself down with every change; one that is as `empty` is not kept. */
export function useDraft<T extends object>(
  what: string,
  empty: T,
): { draft: Reactive<T>; drop: () => void } {
  const name = nameOf(what)
  const known = kept.get(name)
  if (known) return known as unknown as { draft: Reactive<T>; drop: () => void }
  const draft = reactive<T>({ ...structuredClone(empty), ...stored(name) })
  const blank = JSON.stringify(empty)
  const scope = effectScope(true)
  scope.run(() =>
    watch(
      () => JSON.stringify(draft),
      (text) => (text === blank ? remove(name) : store(name, text)),
    ),
  )
  const drop = () => {
    scope.stop()
    kept.delete(name)
    remove(name)
  }
  kept.set(name, { draft, drop })
  return { draft, drop }
}

/** Whether something waits to be sent. */
export function hasDraft(what: string): boolean {
  void turns.value // what is drawn from this is drawn anew when a draft comes or goes
  return localStorage.getItem(nameOf(what)) !== null
}

/** Remembers which form of a case is open in this window, over a reload and a session's end. */
export function keepOpen(number: string, action: string | null): void {
  if (action) sessionStorage.setItem(OPEN, nameOf(`${number}.${action}`))
  else sessionStorage.removeItem(OPEN)
}

/** The form of this case that was open when the page was left without closing it. */
export function leftOpen(number: string): string | null {
  const start = nameOf(`${number}.`)
  const left = sessionStorage.getItem(OPEN)
  return left?.startsWith(start) ? left.slice(start.length) : null
}

/** Forgets what a person has not sent: on a shared machine the next one must not read it. */
export function dropDrafts(person: string): void {
  const mine = nameOf('', person)
  sessionStorage.removeItem(OPEN)
  for (const [name, one] of kept) if (name.startsWith(mine)) one.drop()
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(mine)) localStorage.removeItem(name)
  }
}
