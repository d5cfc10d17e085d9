// What a step changed, in words: only the fields a person cares about, codes by their names.
import type { TimelineEntry } from '@/api/types'
import { when } from '@/format'
import { departmentName, matters, meta, ruleName } from '@/state/session'
import { either, named } from '@/words'

export interface Change {
  field: string
  value: string
}

const SHOWN = [
  'text',
  'place_text',
  'matter',
  'condition',
  'urgency',
  'in_scope',
  'cell',
  'verified',
  'department',
  'routed_by',
  'collector',
  'due',
] as const

/** A change is sent as the new value, alone or in a list of one. */
function newest(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value
}

function worded(field: string, value: unknown, matter: string | null): string {
  const code = String(value)
  switch (field) {
    case 'matter': {
      const found = matters.value.get(code)
      return found ? `${code} ${either(found.name, found.name_en)}` : code
    }
    case 'condition': {
      const known = matters.value.get(matter ?? '')?.conditions
      const found = known?.find((one) => one.key === code)
      return found ? either(found.name, found.name_en) : code
    }
    case 'routed_by':
      return ruleName(code)
    case 'department':
      return departmentName(code)
    case 'collector':
      return meta.value?.collectors.find((one) => one.id === code)?.name ?? code
    case 'in_scope':
      return named('scope', code)
    case 'urgency':
    case 'verified':
      return named(field, code)
    case 'due':
      return when(code)
    default:
      return code
  }
}

export function changesOf(entry: TimelineEntry): Change[] {
  const changes = entry.changes ?? {}
  const matter = newest(changes['matter'])
  if (entry.action === 'light') {
    return [{ field: 'light', value: named('light', String(newest(changes['light']))) }]
  }
  // What was reported stands in the call or chat beside it.
  const shown = SHOWN.filter((field) => field !== 'text' || entry.action !== 'report')
  return shown.flatMap((field) => {
    const value = newest(changes[field])
    if (value === undefined || value === null || value === '') return []
    if (Array.isArray(value)) return []
    return [{ field, value: worded(field, value, typeof matter === 'string' ? matter : null) }]
  })
}
