// Two people at one case: what the other one has changed under an open form, beside what is typed in it.
import { computed, reactive, ref, watch, type ComputedRef } from 'vue'
import type { CaseDetail, ShownField } from '@/api/types'
import { valueOf } from '@/fields/values'

export interface Difference {
  field: ShownField
  before: unknown
  theirs: unknown
  mine: unknown
  /** Whether something else was typed here: then it is to be chosen. */
  touched: boolean
  /** Whether it was chosen since theirs came: until then nothing of it is sent. */
  chosen: boolean
  /** Whether what was typed here is what would be sent. */
  isMine: boolean
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** The fields of a form that the case has otherwise than when it was begun; `changed` is what was typed. */
export function useDifferences(
  shown: () => CaseDetail,
  asked: ShownField[],
  changed: Record<string, unknown>,
): { differences: ComputedRef<Difference[]>; typed: (id: string) => unknown; choose: (id: string) => void; seen: () => void } {
  const stands = () => Object.fromEntries(asked.map((field) => [field.id, valueOf(shown(), field)]))
  const begun = ref<Record<string, unknown>>(stands())
  /** What was typed before theirs came. */
  const mine = reactive<Record<string, unknown>>({})
  /** What stood for theirs when it was chosen between it and mine: another one asks anew. */
  const chosen = reactive<Record<string, unknown>>({})
  /** Chosen in the note, or by typing on in the knowledge of it. */
  const isChosen = (id: string, theirs: unknown) =>
    (id in chosen && same(chosen[id], theirs)) || (id in changed && !same(changed[id], mine[id]))

  watch(
    () => JSON.stringify(stands()),
    () => {
      const now = stands()
      for (const { id } of asked) {
        if (!same(now[id], begun.value[id]) && !(id in mine) && id in changed) mine[id] = changed[id]
      }
    },
    { flush: 'sync' },
  )

  const differences = computed(() => {
    const now = stands()
    return asked.flatMap((field): Difference[] => {
      const { id } = field
      if (same(now[id], begun.value[id]) || (id in mine && same(mine[id], now[id]))) return []
      return [{ field, before: begun.value[id], theirs: now[id], mine: mine[id], touched: id in mine, chosen: isChosen(id, now[id]), isMine: id in changed && !same(changed[id], now[id]) }]
    })
  })

  /** From now on the case as it stands is what the form goes by. */
  function seen(): void {
    begun.value = stands()
    for (const id of Object.keys(mine)) delete mine[id]
    for (const id of Object.keys(chosen)) delete chosen[id]
  }

  return { differences, typed: (id) => mine[id], choose: (id) => (chosen[id] = stands()[id]), seen }
}
