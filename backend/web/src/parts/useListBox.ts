// The list of choices below a field: arrows move in it, Enter takes one; the field tells which one is meant.
import { computed, ref, useId, useTemplateRef, watch } from 'vue'
import { composing } from '@/state/keys'

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 }
const NONE = -1

/** Of a list with the ref `list`, whose options have the ids `${id}-${index}`; `options` are those that are seen. */
export function useListBox<T>(options: () => readonly T[], take: (option: T) => void) {
  const id = useId()
  const list = useTemplateRef<HTMLElement>('list')
  const at = ref(NONE)
  const active = computed(() => (options().length && at.value !== NONE ? `${id}-${at.value}` : undefined))

  watch(at, (index) => list.value?.children[index]?.scrollIntoView({ block: 'nearest' }), { flush: 'post' })

  /** Moves by an arrow, from the end to the beginning too; says whether it was one. */
  function steps(event: KeyboardEvent): boolean {
    const by = STEPS[event.key]
    if (by === undefined || composing(event)) return false
    event.preventDefault()
    const many = options().length
    if (many) at.value = at.value === NONE && by < 0 ? many - 1 : (at.value + by + many) % many
    return true
  }

  /** Takes by Enter what is meant, or the first; says whether there was any. */
  function enters(event: KeyboardEvent): boolean {
    const chosen = options()[Math.max(at.value, 0)]
    if (event.key !== 'Enter' || composing(event) || chosen === undefined) return false
    event.preventDefault()
    take(chosen)
    return true
  }

  return { id, at, active, steps, enters }
}
