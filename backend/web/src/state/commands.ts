// What the command bar finds: moves of the open case, pages, cases seen lately, and what other parts add.
import { onBeforeUnmount, shallowReactive, shallowRef, ref } from 'vue'

export interface Command {
  id: string
  /** Of which kind it is, by the catalogue. */
  kind: 'move' | 'page' | 'view' | 'case' | 'search'
  label: string
  /** What else it is found by: its name spelled in letters, in the other language. */
  also: string[]
  /** The key that does the same. */
  key?: string
  run: () => void
}

const sources = shallowReactive(new Set<() => Command[]>())

/** Adds commands for as long as a component lives. */
export function useCommands(source: () => Command[]): void {
  sources.add(source)
  onBeforeUnmount(() => sources.delete(source))
}

export const commands = (): Command[] => [...sources].flatMap((source) => source())

/** Whether the bar is open. */
export const commanding = ref(false)

const MOST_RECENT = 12
/** The numbers of the cases that were open lately, newest first; gone with the page. */
export const recent = shallowRef<string[]>([])

export function remember(number: string): void {
  recent.value = [number, ...recent.value.filter((one) => one !== number)].slice(0, MOST_RECENT)
}

/** How well a name fits what was typed: its letters in order, together and at the beginning best. Null: not at all. */
export function fit(typed: string, name: string): number | null {
  const wanted = typed.toLowerCase().replace(/\s+/g, '')
  const there = name.toLowerCase()
  if (!wanted) return 0
  const whole = there.indexOf(wanted)
  if (whole >= 0) return whole === 0 ? 100 : 80 - Math.min(whole, 20)
  let at = -1
  let gaps = 0
  for (const sign of wanted) {
    const next = there.indexOf(sign, at + 1)
    if (next < 0) return null
    if (at >= 0) gaps += next - at - 1
    at = next
  }
  return 50 - Math.min(gaps, 49)
}

/** The commands that fit what was typed, the best first; those that fit alike in their order. */
export function found(typed: string, all: Command[]): Command[] {
  const judged = all.flatMap((one) => {
    const scores = [one.label, ...one.also].flatMap((name) => fit(typed, name) ?? [])
    return scores.length ? [{ one, score: Math.max(...scores) }] : []
  })
  return judged.toSorted((a, b) => b.score - a.score).map(({ one }) => one)
}
