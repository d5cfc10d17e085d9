// The list of cases: its filters, its rows, the counts, and what the feed does to them.
import { reactive, ref, shallowRef } from 'vue'
import { Trouble } from '@/api/http'
import { office, type CaseQuery } from '@/api/office'
import type { Counts, FeedMessage, Light, Row } from '@/api/types'
import { me, meta } from './session'

export interface Filters {
  stage: string
  light: Light | ''
  mine: boolean
  closed: boolean
  q: string
}

export const filters = reactive<Filters>({
  stage: '',
  light: '',
  mine: false,
  closed: false,
  q: '',
})

export const rows = shallowRef<Row[]>([])
export const counts = shallowRef<Counts | null>(null)
export const next = ref<string | null>(null)
export const loading = ref(false)
export const trouble = shallowRef<Trouble | null>(null)
/** Numbers that came or changed by the feed and have not been looked at. */
export const fresh = reactive(new Set<string>())

const PAGE = 50
const COUNTS_EVERY_MS = 2_500

let asked = 0
let countsTimer = 0
let countsAt = 0

function ask(): CaseQuery {
  return {
    stage: filters.stage || undefined,
    light: filters.light || undefined,
    q: filters.q.trim() || undefined,
    mine: filters.mine,
    open: !filters.closed && !filters.stage && !filters.q.trim(),
    limit: PAGE,
  }
}

export async function load(): Promise<void> {
  const turn = ++asked
  loading.value = true
  try {
    const page = await office.cases(ask())
    if (turn !== asked) return
    rows.value = page.items
    next.value = page.next
    counts.value = page.counts
    trouble.value = null
    fresh.clear()
  } catch (caught) {
    if (turn === asked) trouble.value = caught as Trouble
  } finally {
    if (turn === asked) loading.value = false
  }
}

export async function more(): Promise<void> {
  if (!next.value || loading.value) return
  const turn = asked
  loading.value = true
  try {
    const page = await office.cases({ ...ask(), before: next.value })
    if (turn !== asked) return
    const known = new Set(rows.value.map((row) => row.number))
    rows.value = [...rows.value, ...page.items.filter((row) => !known.has(row.number))]
    next.value = page.next
  } catch (caught) {
    trouble.value = caught as Trouble
  } finally {
    loading.value = false
  }
}

/** Takes one message of the feed; `open` is the case on the screen, which is never taken away. */
export function hear(message: FeedMessage, open: string | null): void {
  if (message.kind === 'reload') {
    void load()
    return
  }
  if (message.kind !== 'case' || !message.number) return
  if (message.row) take(message.row, open)
  else if (message.row === null) leave(message.number, open)
  recount()
}

/** Puts a row where it belongs: over its old self, on top if new, out if it fits no more. */
export function take(row: Row, open: string | null): void {
  const at = rows.value.findIndex((known) => known.number === row.number)
  const known = at < 0 ? undefined : rows.value[at]
  if (known && known.version > row.version) return
  const fits = matches(row)
  if (!known && !fits) return
  const kept = rows.value.slice()
  if (!known) {
    kept.unshift(row)
    fresh.add(row.number)
  } else if (fits || row.number === open) {
    kept[at] = row
    if (row.number !== open && row.version > known.version) fresh.add(row.number)
  } else {
    kept.splice(at, 1)
  }
  rows.value = kept
}

/** Takes away a case that has gone out of sight. */
function leave(number: string, open: string | null): void {
  if (number !== open) rows.value = rows.value.filter((row) => row.number !== number)
}

function matches(row: Row): boolean {
  // What a search finds only the office knows: a search changes by asking again.
  if (filters.q.trim() || filters.mine) return false
  if (filters.stage) {
    if (!filters.stage.split(',').includes(row.stage)) return false
  } else if (!filters.closed && meta.value?.ends.includes(row.stage)) {
    return false
  }
  return !filters.light || row.light === filters.light
}

/** Asks for the counts again, but not more often than every few seconds. */
export function recount(): void {
  if (countsTimer) return
  const due = Math.max(300, countsAt + COUNTS_EVERY_MS - Date.now())
  countsTimer = window.setTimeout(async () => {
    countsTimer = 0
    countsAt = Date.now()
    if (!me.value) return
    const search = filters.q.trim() !== '' || filters.mine
    const page = await office.cases(search ? ask() : { ...ask(), limit: 1 }).catch(() => null)
    if (!page) return
    counts.value = page.counts
    if (search) rows.value = page.items
  }, due)
}
