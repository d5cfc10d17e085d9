// What of a case is one's own: whether it waits for this person, and the light of their part.
import type { Light, ListedCase } from '@/api/types'
import { meta } from './session'

/** Who has a part in a case, as the office writes it: role, o or p, organisation or person. */
function tokensOf(row: Pick<ListedCase, 'assignments'>): string[] {
  return Object.entries(row.assignments).flatMap(([role, one]) => [
    ...(one.org === null ? [] : [`${role}:o:${one.org}`]),
    ...(one.person === null ? [] : [`${role}:p:${one.person}`]),
  ])
}

/** Whether a case waits for who is signed in. */
export function lies(row: Pick<ListedCase, 'stage' | 'assignments'>): boolean {
  const waits = meta.value?.waits
  if (!waits) return false
  if (waits.stages.includes(row.stage)) return true
  const tokens = tokensOf(row)
  return tokens.some((one) => waits.lying[row.stage]?.includes(one))
}

/** What is done with a case at one tap, without a form, by who is signed in. */
export function atOnce(row: ListedCase): string | undefined {
  return lies(row) ? row.direct.find((action) => meta.value?.direct.includes(action)) : undefined
}

/** Whether the present clock is one's own: who sees everything answers for everything. */
export const ownClock = (row: ListedCase): boolean => (meta.value?.everything ?? false) || lies(row)

/** When the first of the clocks is up by which a case has its light: that of its stage, or of its handling that goes on. */
export function dueNext(row: Pick<ListedCase, 'stage_due' | 'due' | 'due_stopped'>): string | null {
  const running = row.due_stopped ? null : row.due
  if (!row.stage_due || !running) return row.stage_due
  return running < row.stage_due ? running : row.stage_due
}

/** The light of one's own part; what was handed on in time stays green, however long others take. */
export function ownLight(row: ListedCase): Light {
  if (ownClock(row)) return row.light
  return row.due_stopped && row.due && row.due_stopped > row.due ? 'red' : 'green'
}
