// What a case has of a field of the form, and the words for such a value.
import type { CaseDetail, Point, ShownField } from '@/api/types'
import { limit } from '@/format'
import { fieldName, form, optionName } from '@/state/names'
import { departmentName, matters, ruleName } from '@/state/session'
import { either, named, say } from '@/words'

/** Fields that a case holds by itself; all others are the form's own, or somebody's part in it. */
export const HELD = ['text', 'text_confirmed', 'place_text', 'point', 'cell', 'matter', 'condition', 'urgency'] as const
type Held = (typeof HELD)[number]
export const isHeld = (id: string): id is Held => HELD.some((one) => one === id)

/** The role of the organisation that lists name as a case's own. */
export const HANDLER = 'handler'
/** The rule by which the organisation was found: told in the chosen language. */
const ROUTED_BY = 'routed_by'

/** The value that a case has of a field; null where it has none. */
export function valueOf(shown: CaseDetail, field: ShownField): unknown {
  if (field.role) {
    const part = shown.assignments[field.role]
    return (field.type === 'organisation' ? part?.org : part?.person) ?? null
  }
  return (isHeld(field.id) ? shown[field.id] : shown.fields[field.id]) ?? null
}

/** Whether a value says something: no is an answer, an empty list is none. */
export function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  return value !== null && value !== undefined && value !== ''
}

export function matterWords(code: string): string {
  const found = matters.value.get(code)
  return found ? `${code} ${either(found.name, found.name_en)}` : code
}

export function conditionWords(key: string, matter: string | null): string {
  const found = matters.value.get(matter ?? '')?.conditions.find((one) => one.key === key)
  return found ? [either(found.name, found.name_en), limit(found.limit)].filter(Boolean).join(' · ') : key
}

const SOURCES: Record<string, (code: string, matter: string | null) => string> = {
  matters: matterWords,
  conditions: conditionWords,
}

/** A person by name, as far as the form names who may be chosen. */
function personName(field: ShownField, code: string): string {
  const found = field.people.find((one) => one.id === code)
  return found ? either(found.name, found.name_en) : code
}

function pointWords(value: unknown): string {
  const { lat, lon } = value as Point
  return `${lat.toFixed(5)}, ${lon.toFixed(5)}`
}

/** The words for a value of a field; `matter` is the class that conditions belong to. */
export function worded(field: ShownField, value: unknown, matter: string | null): string {
  if (!isFilled(value)) return ''
  const code = String(value)
  switch (field.type) {
    case 'choice':
    case 'tree_choice':
      return SOURCES[field.source]?.(code, matter) ?? optionName(field.id, code)
    case 'boolean':
      return named('answer', code)
    case 'person':
      return personName(field, code)
    case 'organisation':
      return departmentName(code)
    case 'place':
      return pointWords(value)
    case 'photo':
    case 'signature':
      return say('photo.count', { n: Array.isArray(value) ? value.length : 1 })
    default:
      return field.id === ROUTED_BY ? ruleName(code) : code
  }
}

export interface Fact {
  id: string
  name: string
  words: string
  /** Pictures that are shown instead of words. */
  photos: string[]
}

// The words of the report and the map stand beside the facts.
const BESIDE = ['text', 'text_confirmed', 'point']

/** The fields of the form that a case has values of; who has a part in it is told by role. */
export function factsOf(shown: CaseDetail): Fact[] {
  return [...form.value.values()].flatMap((field) => {
    const value = valueOf(shown, field)
    if (field.role || BESIDE.includes(field.id) || !isFilled(value)) return []
    const isPicture = field.type === 'photo' || field.type === 'signature'
    const photos = isPicture ? [value].flat().map(String) : []
    return [{ id: field.id, name: fieldName(field.id), words: worded(field, value, shown.matter), photos }]
  })
}
