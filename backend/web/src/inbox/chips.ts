// The filters in force as words, each with what takes it off.
import { computed } from 'vue'
import { filters, isDefault, type Named } from '@/state/filters'
import { departmentName, matters } from '@/state/session'
import { either, named, say } from '@/words'

export interface Chip {
  key: string
  text: string
  off: () => void
}

const words: Record<Named, (value: string) => string> = {
  stage: (value) => named('stage', value),
  light: (value) => named('light', value),
  verified: (value) => say('inbox.verified', { found: named('verified', value) }),
  from: (value) => say('filter.since', { day: value }),
  to: (value) => say('filter.until', { day: value }),
  matter: (value) => either(matters.value.get(value)?.name ?? value, matters.value.get(value)?.name_en),
  department: (value) => departmentName(value),
  channel: (value) => named('channel', value),
  urgency: (value) => named('urgency', value),
  q: (value) => say('filter.words', { words: value.trim() }),
}

export const chips = computed<Chip[]>(() => {
  const found: Chip[] = []
  if (filters.mine) found.push({ key: 'mine', text: say('inbox.mine'), off: () => (filters.mine = false) })
  for (const [name, word] of Object.entries(words) as [Named, (value: string) => string][]) {
    const value = filters[name]
    if (value.trim()) found.push({ key: name, text: word(value), off: () => Object.assign(filters, { [name]: '' }) })
  }
  if (filters.ended) {
    found.push({ key: 'ended', text: say('map.ended_too'), off: () => (filters.ended = false) })
  }
  return found
})

/** What stands in force besides the view that everybody begins with. */
export const narrowed = computed(() => !isDefault.value && chips.value.length > 0)
export const together = computed(() => chips.value.map((one) => one.text).join(say('list.comma')))
