// The filters in force as words, each with what takes it off.
import { computed } from 'vue'
import type { ListedCase } from '@/api/types'
import { onDay } from '@/format'
import { meant } from '@/state/inbox'
import { approvals, filters, isDefault, type Named, type Pairs } from '@/state/filters'
import { areaName, fieldName, form, groupName, optionName, stageName } from '@/state/names'
import { departmentName, matters } from '@/state/session'
import { either, named, say } from '@/words'

export interface Chip {
  key: string
  text: string
  off: () => void
}

const words: Record<Named, (value: string) => string> = {
  stage: (value) => (value === approvals.value ? say('inbox.approvals') : value.split(',').map(stageName).join(' · ')),
  light: (value) => named('light', value),
  from: (value) => say('filter.since', { day: value }),
  to: (value) => say('filter.until', { day: value }),
  matter: (value) => either(matters.value.get(value)?.name ?? value, matters.value.get(value)?.name_en),
  group: groupName,
  area: areaName,
  department: (value) => departmentName(value),
  channel: (value) => named('channel', value),
  urgency: (value) => optionName('urgency', value),
  q: (value) => say('filter.words', { words: value.trim() }),
}

/** A value of a field of the form, with the field's name. */
export const valued = (field: string, value: string): string =>
  say('inbox.facet', { field: fieldName(field), value: optionName(field, value) })

/** The days that lie ahead of a case, such as when a suspended one is resumed. */
export function aheadOf(row: ListedCase): { id: string; text: string }[] {
  return [...form.value.values()].flatMap(({ id, ahead }) => {
    const day = ahead ? row.fields[id] : null
    return day ? [{ id, text: say('inbox.facet', { field: fieldName(id), value: onDay(String(day)) }) }] : []
  })
}

/** A filter of a list that was taken out, in words; "" for what says nothing to people. */
export function toldFilter(name: string, values: string[]): string {
  if (name === 'mine') return say('inbox.mine')
  if (name === 'field' || name === 'facet') return values.map((one) => valued(one.split(':')[0]!, one.slice(one.indexOf(':') + 1))).join(say('list.comma'))
  return name in words ? values.map(words[name as Named]).join(' · ') : ''
}

/** What of a case a search has found: by our own words, or by the name of a field of the form. */
export function by(parts: string[]): string {
  const called = (one: string) => (named('found_in', one) === one ? fieldName(one) : named('found_in', one))
  return say('inbox.found_in', { what: parts.map(called).join(say('list.comma')) })
}

/** What letters were taken for, in words. */
export const taken = computed(() =>
  Object.entries(meant.value).map(([letters, names]) => say('inbox.meant', { letters, names: names.join(say('list.comma')) })))

function ofFields(name: Pairs): Chip[] {
  return Object.entries(filters[name]).flatMap(([field, value]) => {
    const off = () => (filters[name] = { ...filters[name], [field]: '' })
    return value ? [{ key: `${name}.${field}`, text: valued(field, value), off }] : []
  })
}

export const chips = computed<Chip[]>(() => {
  const found: Chip[] = []
  if (filters.mine) found.push({ key: 'mine', text: say('inbox.mine'), off: () => (filters.mine = false) })
  for (const [name, word] of Object.entries(words) as [Named, (value: string) => string][]) {
    const value = filters[name]
    if (value.trim()) found.push({ key: name, text: word(value), off: () => Object.assign(filters, { [name]: '' }) })
  }
  found.push(...ofFields('facet'), ...ofFields('field'))
  if (filters.ended) {
    found.push({ key: 'ended', text: say('map.ended_too'), off: () => (filters.ended = false) })
  }
  return found
})

/** What stands in force besides the view that everybody begins with. */
export const narrowed = computed(() => !isDefault.value && chips.value.length > 0)
export const together = computed(() => chips.value.map((one) => one.text).join(say('list.comma')))
