// What the list is narrowed to: one record, read from the address and written back into it.
import { computed, reactive, ref, watch } from 'vue'
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { CaseQuery } from '@/api/office'
import type { Light, CityMeta, ListedCase } from '@/api/types'
import { lies } from './own'
import { meta } from './session'

export interface Filters {
  /** Only what waits for oneself; without it all that is open, or `stage`. */
  mine: boolean
  stage: string
  light: Light | ''
  verified: string
  /** Days of the city, both included. */
  from: string
  to: string
  matter: string
  department: string
  channel: string
  urgency: string
  /** Cases that have ended too. */
  ended: boolean
  q: string
}
export type Named = Exclude<keyof Filters, 'mine' | 'ended'>

export const SORTS = ['left', 'newest', 'oldest'] as const
export type Sort = (typeof SORTS)[number]

const NONE: Filters = {
  mine: false,
  stage: '',
  light: '',
  verified: '',
  from: '',
  to: '',
  matter: '',
  department: '',
  channel: '',
  urgency: '',
  ended: false,
  q: '',
}
const NAMED = Object.keys(NONE).filter((name) => name !== 'mine' && name !== 'ended') as Named[]
/** In the address: what is not the default view must say so. */
const VIEW = 'view'

/** The order is kept by this browser. */
export const sort = ref<Sort>(
  SORTS.find((one) => one === localStorage.getItem('hotline.sort')) ?? 'left',
)
watch(sort, (chosen) => localStorage.setItem('hotline.sort', chosen))

export const filters = reactive<Filters>({ ...NONE })

/** Whether cases can wait for this post: then its own are what it sees first. */
const hasQueue = computed(() => (meta.value?.waits.stages.length ?? 0) > 0)
const startsWith = () => ({ ...NONE, mine: hasQueue.value })

const narrowed = () => NAMED.some((name) => filters[name] !== '') || filters.ended
export const isDefault = computed(() => filters.mine === hasQueue.value && !narrowed())
export const isAllOpen = computed(() => !filters.mine && !narrowed())

/** Whether the lights are counted among one's own cases only, as the office does. */
export const ownLights = computed(() => filters.mine || !(meta.value?.everything ?? true))

export function toDefault(): void {
  Object.assign(filters, startsWith())
}

export function toAllOpen(): void {
  Object.assign(filters, NONE)
}

/** A view of its own: the counts beside it are those of everything in sight. */
export function toStage(stage: string): void {
  if (filters.stage === stage) toDefault()
  else Object.assign(filters, { stage, mine: false })
}

export function toMine(): void {
  Object.assign(filters, NONE, { mine: true })
}

export function shine(light: Light): void {
  filters.light = filters.light === light ? '' : light
}

/** Who searches looks everywhere; when the words are gone, the view of before comes back. */
let leftMine = false
watch(
  () => filters.q.trim() !== '',
  (searching) => {
    if (searching) {
      leftMine = filters.mine
      filters.mine = false
    } else if (leftMine && isAllOpen.value) {
      filters.mine = true
    }
  },
)

export const LIGHTS: Light[] = ['red', 'yellow', 'green']

/** What may stand behind a filter; words of a search are free. */
const KNOWN: Record<Exclude<Named, 'from' | 'to' | 'q'>, (city: CityMeta) => string[]> = {
  stage: (city) => city.stages,
  light: () => LIGHTS,
  verified: (city) => city.found,
  matter: (city) => city.matters.map((one) => one.code),
  department: (city) => city.departments.map((one) => one.id),
  channel: (city) => city.channels,
  urgency: (city) => city.urgencies,
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(`${text}T`)
}

/** What the address says of a filter; an old or mistyped value narrows nothing. */
function read(query: LocationQuery, name: Named): string {
  const value = String(query[name] ?? '')
  if (name === 'q') return value
  if (name === 'from' || name === 'to') return isDay(value) ? value : ''
  return meta.value && KNOWN[name](meta.value).includes(value) ? value : ''
}

export function fromAddress(query: LocationQuery): void {
  const named = Object.fromEntries(NAMED.map((name) => [name, read(query, name)]))
  const said = VIEW in query || NAMED.some((name) => named[name]) || 'ended' in query
  const mine = said ? query[VIEW] === 'mine' : hasQueue.value
  Object.assign(filters, named, { mine, ended: query['ended'] === '1' })
}

export function inAddress(): LocationQueryRaw {
  if (isDefault.value) return {}
  const query: LocationQueryRaw = {}
  for (const name of NAMED) if (filters[name].trim()) query[name] = filters[name].trim()
  if (filters.ended) query['ended'] = '1'
  if (filters.mine) query[VIEW] = 'mine'
  else if (isAllOpen.value) query[VIEW] = 'open'
  return query
}

/** The question that the office is asked for these filters. */
export function asked(): CaseQuery {
  const named = Object.fromEntries(NAMED.map((name) => [name, filters[name].trim() || undefined]))
  return { ...named, mine: filters.mine, open: openOnly(), sort: sort.value }
}

function openOnly(): boolean {
  return !filters.mine && !filters.stage && !filters.ended && !filters.q.trim()
}

/** Whether a row fits; what a search finds only the office knows. */
export function fits(row: ListedCase): boolean {
  if (filters.q.trim()) return false
  if (filters.mine && !lies(row)) return false
  if (openOnly() && meta.value?.ends.includes(row.stage)) return false
  if (filters.light && (row.light !== filters.light || !(meta.value?.everything || lies(row)))) return false
  if (filters.verified && (row.verified !== filters.verified || row.filed_at)) return false
  if (!dayFits(row.received_at)) return false
  const same = ['stage', 'matter', 'department', 'channel', 'urgency'] as const
  return same.every((name) => !filters[name] || row[name] === filters[name])
}

function dayFits(received: string): boolean {
  if (!filters.from && !filters.to) return true
  const zone = meta.value?.city.zone ?? 'UTC'
  // Sweden writes days as the office does: 2026-11-26.
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(new Date(received))
  return (!filters.from || day >= filters.from) && (!filters.to || day <= filters.to)
}

/** Below zero where `one` stands before `other`. */
export function compare(one: ListedCase, other: ListedCase): number {
  const newer = Date.parse(other.received_at) - Date.parse(one.received_at)
  if (sort.value === 'newest') return newer
  if (sort.value === 'oldest') return -newer
  const due = (row: ListedCase) => (row.stage_due ? Date.parse(row.stage_due) : Number.MAX_SAFE_INTEGER)
  const known = meta.value?.urgencies ?? []
  const rank = (row: ListedCase) => (row.urgency ? known.indexOf(row.urgency) : known.length)
  return due(one) - due(other) || rank(one) - rank(other) || (one.stage_due ? -newer : newer)
}
