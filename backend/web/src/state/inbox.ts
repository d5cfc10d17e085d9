// The list of cases: its rows, the counts, and what the feed does to them.
import { computed, reactive, ref, shallowRef } from 'vue'
import { Trouble } from '@/api/http'
import { office } from '@/api/office'
import type { CasePage, Counts, FeedFrame, ListedCase } from '@/api/types'
import { heeding, takeClaims } from './claims'
import { feedState, onReturn } from './feed'
import { asked, filters, fits, ownLights } from './filters'
import { compare } from './order'
import { me, meta } from './session'

export const rows = shallowRef<ListedCase[]>([])
export const counts = shallowRef<Counts | null>(null)
/** The lights as they are counted now: one's own or everybody's. */
export const lightCounts = computed(() => (ownLights.value ? counts.value?.own_lights : counts.value?.lights))
/** How many of all cases in sight have not ended. */
export const openCount = computed(() =>
  (meta.value?.stages ?? []).reduce((sum, one) => sum + (one.end ? 0 : (counts.value?.stages[one.id] ?? 0)), 0),
)
export const next = ref<string | null>(null)
export const loading = ref(false)
export const trouble = shallowRef<Trouble | null>(null)
/** What of each case a search has found, by its number; and what letters were taken for. */
export const matched = shallowRef<CasePage['matched']>({})
export const meant = shallowRef<CasePage['meant']>({})
/** Numbers that came or changed by the feed and have not been looked at. */
export const fresh = reactive(new Set<string>())

const PAGE = 50
const MOST = 200
const SEARCH_EVERY_MS = 2_500

let turns = 0
let searchTimer = 0
let searchedAt = 0

export async function load(): Promise<void> {
  const turn = ++turns
  loading.value = true
  try {
    const page = await heeding(() => office.cases({ ...asked(), limit: PAGE }))
    if (turn !== turns) return
    rows.value = page.items
    takeClaims(page)
    matched.value = page.matched
    meant.value = page.meant
    next.value = page.next
    // While the stream is live it tells the counts, and may have told newer ones meanwhile.
    if (!counts.value || feedState.value !== 'live') counts.value = page.counts
    trouble.value = null
    fresh.clear()
  } catch (caught) {
    if (turn === turns) trouble.value = caught as Trouble
  } finally {
    if (turn === turns) loading.value = false
  }
}

export async function more(): Promise<void> {
  const before = next.value
  if (!before || loading.value) return
  const turn = turns
  loading.value = true
  try {
    const page = await heeding(() => office.cases({ ...asked(), limit: PAGE, before }))
    if (turn !== turns) return
    const known = new Set(rows.value.map((row) => row.number))
    takeClaims(page)
    matched.value = { ...matched.value, ...page.matched }
    rows.value = [...rows.value, ...page.items.filter((row) => !known.has(row.number))]
    next.value = page.next
    trouble.value = null
  } catch (caught) {
    trouble.value = caught as Trouble
  } finally {
    loading.value = false
  }
}

// What could not be read while the line was away is read when it is back.
onReturn(() => {
  if (trouble.value) void load()
})

/** Takes one message of the feed; `open` is the case on the screen, which is never taken away. */
export function hear(message: FeedFrame, open: string | null): void {
  if (message.kind === 'reload') {
    void load()
    return
  }
  if (message.kind === 'counts' && message.counts) counts.value = message.counts
  if (message.kind !== 'case' || !message.number) return
  if (message.row) take(message.row, open)
  else if (message.row === null) leave(message.number, open)
  if (filters.q.trim()) searchAgain()
}

/** Puts a row where it belongs: in its order if it fits, out if it fits no more. */
export function take(row: ListedCase, open: string | null): void {
  const known = rows.value.find((one) => one.number === row.number)
  if (known && known.version > row.version) return
  if (!fits(row)) {
    // What a search has found stays until the office says otherwise.
    const stays = row.number === open || filters.q.trim() !== ''
    if (known && stays) rows.value = rows.value.map((one) => (one === known ? row : one))
    else if (known) leave(row.number, open)
    return
  }
  if (row.number !== open && row.version > (known?.version ?? 0)) fresh.add(row.number)
  const still = known && compare(known, row) === 0
  if (still) rows.value = rows.value.map((one) => (one === known ? row : one))
  else place(row)
}

/** A row behind the last one that is loaded comes with the next page. */
function place(row: ListedCase): void {
  const others = rows.value.filter((one) => one.number !== row.number)
  const at = others.findIndex((one) => compare(row, one) < 0)
  if (at < 0 && next.value) rows.value = others
  else rows.value = others.toSpliced(at < 0 ? others.length : at, 0, row)
}

/** Takes away a case that has gone out of sight. */
function leave(number: string, open: string | null): void {
  if (number !== open) rows.value = rows.value.filter((row) => row.number !== number)
}

/** Takes away what was kept only because it was open. */
export function settle(open: string | null): void {
  if (filters.q.trim()) return
  const kept = rows.value.filter((row) => row.number === open || fits(row))
  if (kept.length !== rows.value.length) rows.value = kept
}

/** Asks again what a search finds, but not more often than every few seconds. */
function searchAgain(): void {
  if (searchTimer) return
  const due = Math.max(300, searchedAt + SEARCH_EVERY_MS - Date.now())
  searchTimer = window.setTimeout(async () => {
    searchTimer = 0
    searchedAt = Date.now()
    if (!me.value || !filters.q.trim()) return
    const turn = turns
    const limit = Math.min(MOST, Math.max(PAGE, rows.value.length))
    const page = await heeding(() => office.cases({ ...asked(), limit })).catch(() => null)
    if (!page || turn !== turns) return
    rows.value = page.items
    takeClaims(page)
    matched.value = page.matched
    next.value = page.next
  }, due)
}
