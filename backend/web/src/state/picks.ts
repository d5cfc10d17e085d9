// The rows that are picked for one move on all of them, each as it stood when it was picked.
import { computed, reactive, ref } from 'vue'
import type { ListedCase } from '@/api/types'
import { more, next, rows } from './inbox'
import { meta } from './session'

/** As many as the office takes at once. */
export const MOST_PICKS = 500

/** Versions by the numbers of the picked cases. */
export const picks = reactive(new Map<string, number>())
let last: string | null = null

/** Whether one picks at all: who may move nothing on several cases has nothing to pick for. */
export const mayPick = computed(() => meta.value?.several ?? false)

/** Whether a phone's rows have boxes to pick by: they need their whole width otherwise. */
export const picking = ref(false)

export function turnPicking(): void {
  picking.value = !picking.value
  if (!picking.value) dropAll()
}

export const pickedAll = computed(() => rows.value.length > 0 && rows.value.every((row) => picks.has(row.number)))

export function drop(number: string): void {
  picks.delete(number)
}

export function dropAll(): void {
  picks.clear()
  last = null
}

function add(row: ListedCase): void {
  if (picks.size < MOST_PICKS) picks.set(row.number, row.version)
}

/** Picks a row or lets it go; `through` picks all from the one before to it. */
export function pick(row: ListedCase, through = false): void {
  if (!mayPick.value) return
  const from = rows.value.findIndex((one) => one.number === last)
  const to = rows.value.findIndex((one) => one.number === row.number)
  if (through && from >= 0 && to >= 0) rows.value.slice(Math.min(from, to), Math.max(from, to) + 1).forEach(add)
  else if (picks.has(row.number)) picks.delete(row.number)
  else add(row)
  last = row.number
}

/** Picks all of the list, those of further pages too, as far as the office takes them at once. */
export async function pickAll(): Promise<void> {
  for (let known = -1; next.value && rows.value.length < MOST_PICKS && rows.value.length > known; ) {
    known = rows.value.length
    await more()
  }
  rows.value.forEach(add)
}

/** What was picked stands now as its row does: who has read why it failed may try it anew. */
export function lookAgain(number: string): void {
  const row = rows.value.find((one) => one.number === number)
  if (row && picks.has(number)) picks.set(number, row.version)
}
