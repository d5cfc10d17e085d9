// What a case has of a field of the form, and the words for such a value.
import type { CaseDetail, Closing, FilingCondition, ListedCase, Point, ShownAssignment, ShownField } from '@/api/types'
import { limit, onDay } from '@/format'
import { fieldName, form, optionName } from '@/state/names'
import { departmentName, matters, ruleName } from '@/state/session'
import { counting } from '@/state/limits'
import { either, named, say } from '@/words'

/** Fields that a case holds by itself; all others are the form's own, or somebody's part in it. */
export const HELD = ['text', 'text_confirmed', 'place_text', 'point', 'cell', 'matter', 'condition', 'urgency'] as const
type Held = (typeof HELD)[number]
export const isHeld = (id: string): id is Held => HELD.some((one) => one === id)

/** The role of the organisation that lists name as a case's own. */
export const HANDLER = 'handler'
/** The rule by which the organisation was found: told in the chosen language. */
const ROUTED_BY = 'routed_by'

/** The type of a field that gives a role to several organisations. */
export const SEVERAL = 'organisations'

/** Who has a role, or one of several of that role (assisting:drainage), by what they have it as. */
export const partsOf = (shown: ListedCase, role: string): [string, ShownAssignment][] =>
  Object.entries(shown.assignments).filter(([key]) => key === role || key.startsWith(`${role}:`))

/** The value that a case has of a field; null where it has none. */
export function valueOf(shown: CaseDetail, field: ShownField): unknown {
  if (field.type === SEVERAL) {
    const orgs = partsOf(shown, field.role).map(([, one]) => one.org ?? '')
    return orgs.length ? orgs : null
  }
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

export function conditionOf(key: string | null, matter: string | null): FilingCondition | null {
  return matters.value.get(matter ?? '')?.conditions.find((one) => one.key === key) ?? null
}

/** What a limit depends on beside the condition. */
export interface Where {
  urgency: string | null
  cell: string | null
}

/** A condition, with the limit that counts for it where that is known. */
export function conditionWords(key: string, matter: string | null, where?: Where): string {
  const found = conditionOf(key, matter)
  if (!found) return key
  const limited = where ? limit(counting(found, where.urgency, where.cell).limit) : ''
  return [either(found.name, found.name_en), limited].filter(Boolean).join(' · ')
}

/** Limits in words, each with what it is for. */
export function limitsWords(safe: string | null | undefined, handling: string | null | undefined, whole: string | null | undefined): string {
  const told = [
    safe && say('limits.safe', { limit: limit(safe) }),
    handling && say('limits.handling', { limit: limit(handling) }),
    whole && say('limits.whole', { limit: limit(whole) }),
  ]
  return told.filter(Boolean).join(say('limits.and'))
}

export const closingWords = (closing: Closing) => either(closing.text, closing.text_en)

/** What must be handed in to prove a closing condition; empty where nothing must. */
export const proofWords = (closing: Closing) => (closing.evidence === 'none' ? '' : named('evidence', closing.evidence))

const SOURCES: Record<string, (code: string, matter: string | null, where?: Where) => string> = {
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
export function worded(field: ShownField, value: unknown, matter: string | null, where?: Where): string {
  if (!isFilled(value)) return ''
  const code = String(value)
  switch (field.type) {
    case 'choice':
    case 'tree_choice':
      return SOURCES[field.source]?.(code, matter, where) ?? optionName(field.id, code)
    case 'boolean':
      return named('answer', code)
    case 'person':
      return personName(field, code)
    case 'organisation':
      return departmentName(code)
    case 'organisations':
      return [value].flat().map((one) => departmentName(String(one))).join(say('list.comma'))
    case 'date':
      return onDay(code)
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
    if (field.role || field.once || BESIDE.includes(field.id) || !isFilled(value)) return []
    const isPicture = field.type === 'photo' || field.type === 'signature'
    const photos = isPicture ? [value].flat().map(String) : []
    return [{ id: field.id, name: fieldName(field.id), words: worded(field, value, shown.matter, shown), photos }]
  })
}
