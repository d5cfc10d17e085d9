// The list as a table: whether it is one, and which columns it has, as this browser wants them.
import { computed, ref } from 'vue'
import type { ShownColumn } from '@/api/types'
import { meta } from './session'

const AND = ','
/** What opens a case stands in every table, before all else. */
export const ALWAYS = 'number'

const split = (text: string) => text.split(AND).filter(Boolean)
const own = { tabled: localStorage.getItem('hotline.table') === 'on', ids: split(localStorage.getItem('hotline.columns') ?? '') }

/** Whether the list is a table where there is room for one. */
export const tabled = ref(own.tabled)
/** The columns that were chosen, by their ids in their order; none: those that everybody begins with. */
const ids = ref<string[]>(own.ids)

/** All columns of the city's lists. */
export const offered = computed<ShownColumn[]>(() => meta.value?.columns ?? [])

/** The columns of the table, in their order. */
export const columns = computed<ShownColumn[]>(() => {
  const known = new Map(offered.value.map((one) => [one.id, one]))
  const chosen = ids.value.flatMap((id) => known.get(id) ?? [])
  const shown = chosen.length ? chosen : offered.value.filter((one) => one.standard)
  const first = known.get(ALWAYS)
  return first ? [first, ...shown.filter((one) => one !== first)] : shown
})

/** Has the list as a table or as cards, now and whenever nothing else is said. */
export function asTable(wanted: boolean): void {
  tabled.value = own.tabled = wanted
  localStorage.setItem('hotline.table', wanted ? 'on' : 'off')
}

/** Chooses the columns, now and whenever nothing else is said; none are those everybody begins with. */
export function choose(chosen: string[]): void {
  ids.value = own.ids = chosen
  localStorage.setItem('hotline.columns', chosen.join(AND))
}

/** The list's form as a saved view keeps it: its columns, or nothing for cards. */
export const columnsKept = (): string => (tabled.value ? columns.value.map((one) => one.id).join(AND) : '')

/** The same for the address, which says nothing of cards where they are one's own. */
export const columnsSaid = (): string | undefined => (tabled.value || own.tabled ? columnsKept() : undefined)

/** Takes what an address says; where it says nothing, one's own. */
export function columnsFrom(said: unknown): void {
  tabled.value = typeof said === 'string' ? said !== '' : own.tabled
  ids.value = typeof said === 'string' && said ? split(said) : own.ids
}
