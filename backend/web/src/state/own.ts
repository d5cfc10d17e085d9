// What of a case is one's own: whether it waits for this person, and the light of their part.
import type { Light, ListedCase } from '@/api/types'
import { meta } from './session'

/** Whether a case waits for who is signed in. */
export function lies(row: Pick<ListedCase, 'stage' | 'department' | 'collector'>): boolean {
  const waits = meta.value?.waits
  if (!waits?.stages.includes(row.stage)) return false
  if (waits.department && row.department !== waits.department) return false
  return !waits.collector || row.collector === waits.collector
}

/** What is done with a case at one tap, without a form, by who is signed in. */
export function atOnce(row: ListedCase): string | undefined {
  return lies(row) ? row.direct.find((action) => meta.value?.direct.includes(action)) : undefined
}

/** Whether the present clock is one's own: who sees everything answers for everything. */
export const ownClock = (row: ListedCase): boolean => (meta.value?.everything ?? false) || lies(row)

/** The light of one's own part; what was handed on in time stays green, however long others take. */
export function ownLight(row: ListedCase): Light {
  if (ownClock(row)) return row.light
  return row.handled_at && row.due && row.handled_at > row.due ? 'red' : 'green'
}
