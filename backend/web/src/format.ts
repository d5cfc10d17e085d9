// Numbers and times as people read them: the city's zone, the chosen language.
import { now } from '@/state/clock'
import { zone } from '@/state/session'
import { locale, say, type Key } from '@/words'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A number in groups of four: 2026 0418. */
export function grouped(number: string): string {
  return number.replace(/(.{4})(?=.)/g, '$1 ')
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** A format by its kind, kept: to make one takes long. Swedes (sv-SE) write dates as computers do. */
function format(kind: string, options: Intl.DateTimeFormatOptions, written = locale()): Intl.DateTimeFormat {
  const name = `${kind}|${written}|${zone.value}`
  let found = formats.get(name)
  if (!found) {
    found = new Intl.DateTimeFormat(written, { timeZone: zone.value, hourCycle: 'h23', ...options })
    formats.set(name, found)
  }
  return found
}

const CLOCK = { hour: '2-digit', minute: '2-digit' } as const

export const clock = (iso: string | number) => format('clock', CLOCK).format(new Date(iso))

/** The instant of a local time of the city, such as 2026-11-22T16:05. */
export function instantOf(local: string): string {
  const there = Date.parse(`${local}Z`)
  // Swedes write dates as computers do.
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone.value, dateStyle: 'short', timeStyle: 'medium' })
  const seen = Date.parse(`${shown.format(there).replace(' ', 'T')}Z`)
  return new Date(there - (seen - there)).toISOString()
}

const yearOf = (at: Date) => dayOf(at).slice(0, 4)
/** The year is said where it is not this one, by which it would be read. */
const unlessThis = (at: Date) => (yearOf(at) === yearOf(new Date(now.value)) ? {} : ({ year: 'numeric' } as const))

/** 11月22日 16:05 · 22 Nov 16:05; 2024年11月22日 16:05 in another year. */
export function when(iso: string | null | undefined): string {
  if (!iso) return ''
  const at = new Date(iso)
  const year = unlessThis(at)
  const day = format(`day${year.year ?? ''}`, { ...year, month: 'short', day: 'numeric' }).format(at)
  return `${day} ${format('clock', CLOCK).format(at)}`
}

/** The same to the second: 11月22日 16:05:09. */
export function toTheSecond(iso: string): string {
  return `${when(iso)}:${format('second', { second: '2-digit' }).format(new Date(iso)).padStart(2, '0')}`
}

/** The day of an instant in the city, as computers write days: 2026-11-26. */
export function dayOf(at: Date): string {
  return format('written', {}, 'sv-SE').format(at)
}

/** A day such as 2026-11-26 in words: 2026年11月26日. */
export function onDay(written: string): string {
  const at = new Date(`${written}T00:00:00Z`)
  if (Number.isNaN(at.valueOf())) return written
  return new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', dateStyle: 'long' }).format(at)
}

/** The whole instant, for a tooltip. */
export function exactly(iso: string | null | undefined): string {
  if (!iso) return ''
  return format('exact', { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(iso))
}

/** 11月22日周日, with its year where it is another than this one. */
export function day(iso: string): string {
  const at = new Date(iso)
  const year = unlessThis(at)
  return format(`long${year.year ?? ''}`, { ...year, month: 'long', day: 'numeric', weekday: 'short' }).format(at)
}

/** A span in its largest sensible unit; days from 48 hours on. */
function span(ms: number): string {
  const size = Math.abs(ms)
  if (size < MINUTE) return say('span.less')
  if (size < HOUR) return say('span.minutes', { n: Math.floor(size / MINUTE) })
  if (size < 2 * DAY) {
    const hours = Math.floor(size / HOUR)
    const minutes = Math.floor((size % HOUR) / MINUTE)
    if (hours < 6 && minutes > 0) return say('span.hours_minutes', { h: hours, m: minutes })
    return say('span.hours', { n: hours })
  }
  return say('span.days', { n: Math.floor(size / DAY) })
}

/** How long ago something was, as one says it. */
export function ago(iso: string | null): string {
  if (!iso) return ''
  const passed = now.value - Date.parse(iso)
  return passed < MINUTE ? say('span.now') : say('span.ago', { span: span(passed) })
}

/** What is left to a deadline, or how long it has passed. */
export function left(iso: string | null): string {
  if (!iso) return ''
  const rest = Date.parse(iso) - now.value
  return say(rest >= 0 ? 'span.left' : 'span.over', { span: span(rest) })
}

export const isPast = (iso: string | null) => iso !== null && Date.parse(iso) < now.value

/** Seconds as 1:07. */
export function minutes(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '–:––'
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** A limit such as 4wh in words: 4 working hours. */
export function limit(text: string | null): string {
  const [, amount = '', unit = ''] = /^(\d+)([uw][mhd])$/.exec(text ?? '') ?? []
  return amount ? say(`limit.${unit}` as Key, { n: Number(amount) }) : (text ?? '')
}

export const percent = (share: number) => `${Math.round(share * 100)}%`
