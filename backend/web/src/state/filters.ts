// What the list is narrowed to: one record, read from the address and written back into it.
import { computed, reactive, watch } from 'vue'
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { CaseQuery } from '@/api/office'
import type { Light, CityMeta, ListedCase } from '@/api/types'
import { isDay } from './address'
import { columnsFrom, columnsSaid } from './columns'
import { form, isEnd } from './names'
import { numberOf } from './number'
import { sort, sortFrom, sortSaid } from './order'
import { lies } from './own'
import { matters, meta } from './session'

/** What is asked of fields of the form: a value by the field's id. */
export type Values = Record<string, string>

export interface Filters {
  /** Only what waits for oneself; without it all that is open, or `stage`. */
  mine: boolean
  stage: string
  light: Light | ''
  /** Of fields whose values lists count, until the case is past that. */
  facet: Values
  field: Values
  /** Days of the city, both included. */
  from: string
  to: string
  matter: string
  /** A group of classes. */
  group: string
  /** A district, street or community. */
  area: string
  department: string
  channel: string
  urgency: string
  /** Cases that have ended too. */
  ended: boolean
  q: string
}
export type Named = Exclude<keyof Filters, 'mine' | 'ended' | Pairs>
export type Pairs = 'facet' | 'field'

const none = (): Filters => ({
  mine: false,
  stage: '',
  light: '',
  facet: {},
  field: {},
  from: '',
  to: '',
  matter: '',
  group: '',
  area: '',
  department: '',
  channel: '',
  urgency: '',
  ended: false,
  q: '',
})
const PAIRS: Pairs[] = ['facet', 'field']
const NAMED = Object.entries(none()).flatMap(([name, value]) => (value === '' ? [name as Named] : []))
/** Between several stages that are one filter. */
const AND = ','
/** In the address: what is not the default view must say so. */
const VIEW = 'view'

export const filters = reactive<Filters>(none())

/** Whether cases can wait for this post: then its own are what it sees first. */
export const hasQueue = computed(() => {
  const waits = meta.value?.waits
  return waits !== undefined && waits.stages.length + Object.keys(waits.lying).length > 0
})
const startsWith = () => ({ ...none(), mine: hasQueue.value })

const narrowed = () => filters.q !== '' || narrowedBeside()
const narrowedBeside = () =>
  NAMED.some((name) => name !== 'q' && filters[name] !== '') || PAIRS.some((name) => paired(filters[name])) || filters.ended
export const isDefault = computed(() => filters.mine === hasQueue.value && !narrowed())
export const isAllOpen = computed(() => !filters.mine && !narrowed())

/** Whether the lights are counted among one's own cases only, as the office does. */
export const ownLights = computed(() => filters.mine || !(meta.value?.everything ?? true))

export function toDefault(): void {
  Object.assign(filters, startsWith())
}

export function toAllOpen(): void {
  Object.assign(filters, none())
}

/** A view of its own: the counts beside it are those of everything in sight. */
export function toStage(stage: string): void {
  if (filters.stage === stage) toDefault()
  else Object.assign(filters, { stage, mine: false })
}

export function toMine(): void {
  Object.assign(filters, none(), { mine: true })
}

/** What was asked for and waits for this post to agree or refuse: some stages as one filter. */
export const approvals = computed(() => (meta.value?.waits.asking ?? []).join(AND))

export function toApprovals(): void {
  if (filters.mine && filters.stage === approvals.value) toDefault()
  else Object.assign(filters, none(), { mine: true, stage: approvals.value })
}

/** The cases of which lists count this value of a field, or the default view again. */
export function toFacet(field: string, value: string): void {
  const facet = filters.facet[field] === value ? {} : { [field]: value }
  Object.assign(filters, { mine: false, stage: '', facet })
}

export function shine(light: Light): void {
  filters.light = filters.light === light ? '' : light
}

/** The open cases with a light, one's own or all of them, or the default view again. */
export function toLight(light: Light, mine: boolean): void {
  if (isLight(light, mine)) toDefault()
  else Object.assign(filters, none(), { mine, light })
}

export const isLight = (light: Light, mine: boolean) => filters.mine === mine && filters.light === light

/** The number of a case where the words of a search are just that: it is looked for whatever else is chosen. */
export const wholeNumber = computed(() => numberOf(filters.q))
/** Whether what is chosen besides is left aside for it. */
export const leftAside = computed(() => wholeNumber.value !== '' && (filters.mine || filters.ended || narrowedBeside()))

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

/** The fields whose values lists count. */
export const countedFields = computed(() => [...form.value.values()].filter((one) => one.until && one.options.length))

/** The fields of the form that narrow the list, beside those that have a filter of their own. */
export const listedFields = computed(() =>
  [...form.value.values()].filter((one) => one.listed && one.options.length && !(one.id in none())),
)

/** The fields of the form that a box offers, each once: what lists both count and show is asked as they show it. */
export const fieldsToNarrow = computed(() => {
  const shown = new Set(listedFields.value.map((one) => one.id))
  return [
    ...countedFields.value.filter((one) => !shown.has(one.id)).map((field) => ({ name: 'facet' as Pairs, field })),
    ...listedFields.value.map((field) => ({ name: 'field' as Pairs, field })),
  ]
})

/** What a field is narrowed to, in whichever of the two ways. */
export const narrowedTo = (field: string): string => filters.field[field] || filters.facet[field] || ''

/** Narrows by a field in one way: the other one would narrow it once more. */
export function narrowBy(name: Pairs, field: string, value: string): void {
  for (const pair of PAIRS) filters[pair] = { ...filters[pair], [field]: pair === name ? value : '' }
}

const FIELDS = { facet: countedFields, field: listedFields }

/** Values by field as the address and the office's question write them: field:value,field:value. */
function paired(values: Values): string {
  return Object.entries(values).flatMap(([field, value]) => (value ? [`${field}:${value}`] : [])).join(',')
}

/** The pairs in an address that mean something. */
function unpaired(query: LocationQuery, name: Pairs): Values {
  const pairs = String(query[name] ?? '').split(',').map((pair) => pair.split(':'))
  const means = ([field, value]: string[]) =>
    FIELDS[name].value.some((one) => one.id === field && one.options.some((option) => option.id === value))
  return Object.fromEntries(pairs.filter(means)) as Values
}

/** What may stand behind a filter; words of a search are free. */
const KNOWN: Record<Exclude<Named, 'from' | 'to' | 'q'>, (city: CityMeta) => string[]> = {
  stage: (city) => city.stages.map((one) => one.id),
  light: () => LIGHTS,
  matter: (city) => city.matters.map((one) => one.code),
  group: (city) => city.matters.map((one) => one.group),
  area: (city) => city.areas.map((one) => one.code),
  department: (city) => city.departments.map((one) => one.id),
  channel: (city) => city.channels,
  urgency: (city) => city.urgencies,
}

/** What the address says of a filter; an old or mistyped value narrows nothing. */
function read(query: LocationQuery, name: Named): string {
  const value = String(query[name] ?? '')
  if (name === 'q') return value
  if (name === 'from' || name === 'to') return isDay(value) ? value : ''
  const known = meta.value ? KNOWN[name](meta.value) : []
  if (name === 'stage') return value.split(AND).every((one) => known.includes(one)) ? value : ''
  return known.includes(value) ? value : ''
}

export function fromAddress(query: LocationQuery): void {
  const named = Object.fromEntries(NAMED.map((name) => [name, read(query, name)]))
  const pairs = { facet: unpaired(query, 'facet'), field: unpaired(query, 'field') }
  const narrow = NAMED.some((name) => named[name]) || PAIRS.some((name) => paired(pairs[name]))
  const said = VIEW in query || narrow || 'ended' in query
  const mine = said ? query[VIEW] === 'mine' : hasQueue.value
  Object.assign(filters, named, pairs, { mine, ended: query['ended'] === '1' })
  sortFrom(query['sort'])
  columnsFrom(query['columns'])
}

/** The list as its address says it: what it is narrowed to, its order and its columns. */
export function inAddress(): LocationQueryRaw {
  const looks = Object.entries({ sort: sortSaid(), columns: columnsSaid() })
  return { ...narrowing(), ...Object.fromEntries(looks.filter(([, said]) => said !== undefined)) }
}

function narrowing(): LocationQueryRaw {
  if (isDefault.value) return {}
  const query: LocationQueryRaw = {}
  for (const name of NAMED) if (filters[name].trim()) query[name] = filters[name].trim()
  for (const name of PAIRS) if (paired(filters[name])) query[name] = paired(filters[name])
  if (filters.ended) query['ended'] = '1'
  if (filters.mine) query[VIEW] = 'mine'
  else if (isAllOpen.value) query[VIEW] = 'open'
  return query
}

/** The question that the office is asked for these filters. */
export function asked(): CaseQuery {
  if (wholeNumber.value) return { q: wholeNumber.value, mine: false, open: false, sort: sort.value }
  const named = Object.fromEntries(NAMED.map((name) => [name, filters[name].trim() || undefined]))
  const pairs = Object.fromEntries(PAIRS.map((name) => [name, paired(filters[name]) || undefined]))
  return { ...named, ...pairs, mine: filters.mine, open: openOnly(), sort: sort.value }
}

function openOnly(): boolean {
  return !filters.mine && !filters.stage && !filters.ended && !filters.q.trim()
}

/** Filters that are looked at in ways of their own; of the others a row itself has the value. */
const OTHERWISE = ['light', 'stage', 'group', 'area'] as const
type Same = Exclude<keyof typeof KNOWN, (typeof OTHERWISE)[number]>
const SAME = (Object.keys(KNOWN) as (keyof typeof KNOWN)[]).filter(
  (name): name is Same => !OTHERWISE.some((one) => one === name),
)

const holds = (wanted: Values, values: Record<string, unknown>): boolean =>
  Object.entries(wanted).every(([field, value]) => !value || values[field] === value)

/** Whether a row fits; what a search finds only the office knows. */
export function fits(row: ListedCase): boolean {
  if (filters.q.trim()) return false
  if (filters.mine && !lies(row)) return false
  if (openOnly() && isEnd(row.stage)) return false
  if (filters.light && (row.light !== filters.light || !(meta.value?.everything || lies(row)))) return false
  if (!dayFits(row.received_at)) return false
  if (filters.stage && !filters.stage.split(AND).includes(row.stage)) return false
  if (filters.group && matters.value.get(row.matter ?? '')?.group !== filters.group) return false
  if (filters.area && !liesIn(row.cell, filters.area)) return false
  return SAME.every((name) => !filters[name] || row[name] === filters[name])
    && holds(filters.facet, row.facets)
    && holds(filters.field, row.fields)
}

const liesIn = (cell: string | null, area: string): boolean => areasOf(cell).includes(area)

/** The codes of the areas that a cell lies in, the largest first. */
export function areasOf(cell: string | null): string[] {
  const known = meta.value?.areas ?? []
  return known.filter((one) => cell !== null && one.beginnings.some((start) => cell.startsWith(start))).map((one) => one.code)
}

function dayFits(received: string): boolean {
  if (!filters.from && !filters.to) return true
  const zone = meta.value?.city.zone ?? 'UTC'
  // Sweden writes days as the office does: 2026-11-26.
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(new Date(received))
  return (!filters.from || day >= filters.from) && (!filters.to || day <= filters.to)
}
