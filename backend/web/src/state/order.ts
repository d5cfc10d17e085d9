// The order that the list stands in: this browser's own, until an address says another.
import { ref } from 'vue'
import type { ListedCase } from '@/api/types'
import { meta } from './session'

export const SORTS = ['left', 'newest', 'oldest', 'urgent', 'least_urgent', 'matter', 'matter_back'] as const
export type Sort = (typeof SORTS)[number]

export const sortOf = (text: unknown): Sort | undefined => SORTS.find((one) => one === text)

/** What everybody begins with. */
const FIRST: Sort = 'left'
let own = sortOf(localStorage.getItem('hotline.sort')) ?? FIRST
export const sort = ref<Sort>(own)

/** Orders the list, now and whenever nothing else is said. */
export function orderBy(chosen: Sort): void {
  sort.value = own = chosen
  localStorage.setItem('hotline.sort', chosen)
}

/** The order as an address says it; nothing where one's own, which everybody has, stands. */
export const sortSaid = (): Sort | undefined => (sort.value === own && own === FIRST ? undefined : sort.value)

/** Takes what an address says; where it says nothing, one's own. */
export function sortFrom(said: unknown): void {
  sort.value = sortOf(said) ?? own
}

/** Below zero where `one` stands before `other`. */
export function compare(one: ListedCase, other: ListedCase): number {
  const newer = Date.parse(other.received_at) - Date.parse(one.received_at)
  const ranked = rank(one) - rank(other)
  const byClass = ordinal(one.matter ?? '', other.matter ?? '')
  const ways: Record<Sort, () => number> = {
    newest: () => newer,
    oldest: () => -newer,
    urgent: () => ranked || -newer,
    least_urgent: () => -ranked || newer,
    matter: () => byClass || -newer,
    matter_back: () => -byClass || newer,
    left: () => due(one) - due(other) || ranked || (one.stage_due ? -newer : newer),
  }
  return ways[sort.value]()
}

const due = (row: ListedCase) => (row.stage_due ? Date.parse(row.stage_due) : Number.MAX_SAFE_INTEGER)
const ordinal = (one: string, other: string) => Number(one > other) - Number(one < other)

function rank(row: ListedCase): number {
  const known = meta.value?.urgencies ?? []
  return row.urgency ? known.indexOf(row.urgency) : known.length
}
