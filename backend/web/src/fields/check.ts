// What is wrong with a typed value, before it is sent; the office has the last word.
import type { ShownField } from '@/api/types'
import { dayOf } from '@/format'
import { say } from '@/words'
import { isFilled } from './values'

const PHONE = /^\+?[0-9]{3,20}$/
const BETWEEN = /[ \-()·]/g
const DAY_MS = 86_400_000
const DAY = /^\d{4}-\d{2}-\d{2}$/
/** The days that a field which lies ahead may have: from tomorrow on, in the city's zone. */
export function daysOf(field: ShownField): { first: string; last: string } {
  const today = Date.now()
  const day = (ahead: number) => dayOf(new Date(today + ahead * DAY_MS))
  return { first: day(1), last: day(field.ahead) }
}

function ofDay(field: ShownField, day: string): string {
  if (!DAY.test(day)) return say('wrong.date')
  const { first, last } = daysOf(field)
  return field.ahead && (day < first || day > last) ? say('wrong.ahead', { first, last }) : ''
}

/** The most characters of a text whose field names no other limit. */
export const MAX_TEXT = 10_000

/** A number as it is typed, with a point or a comma; null where it is none. */
export function readNumber(typed: string): number | null {
  const plain = typed.trim().replace(',', '.')
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null
}

function ofNumber(field: ShownField, value: unknown): string {
  const number = typeof value === 'number' ? value : readNumber(String(value))
  if (number === null) return say('wrong.number')
  const { min: least, max: most, decimals } = field
  if ((least !== null && number < least) || (most !== null && number > most)) {
    if (least === null) return say('wrong.most', { most: most ?? '' })
    return most === null ? say('wrong.least', { least }) : say('wrong.range', { least, most })
  }
  if (Number(number.toFixed(decimals)) === number) return ''
  return decimals ? say('wrong.decimals', { n: decimals }) : say('wrong.whole')
}

function ofText(field: ShownField, text: string): string {
  const most = field.max ?? MAX_TEXT
  if (text.length > most) return say('form.too_long', { n: text.length - most, most })
  return text.trim().length < (field.min ?? 0) ? say('wrong.short', { n: field.min ?? 0 }) : ''
}

const CHECKS: Record<string, (field: ShownField, value: unknown) => string> = {
  number: ofNumber,
  text: (field, value) => ofText(field, String(value)),
  phone: (_, value) => (PHONE.test(String(value).replace(BETWEEN, '')) ? '' : say('wrong.phone')),
  date: (field, value) => ofDay(field, String(value)),
}

/** Words for what is wrong with a value of a field; empty where nothing is. */
export function wrongWith(field: ShownField, value: unknown): string {
  return isFilled(value) ? (CHECKS[field.type]?.(field, value) ?? '') : ''
}
