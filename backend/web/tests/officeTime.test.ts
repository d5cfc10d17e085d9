import { afterEach, expect, it, vi } from 'vitest'
import { ahead, hearDate, officeNow } from '@/api/officeTime'
import { instantOf } from '@/format'

const NOON = Date.parse('2026-11-27T12:00:00Z')
const dated = (ms: number) => new Date(ms).toUTCString()

afterEach(() => void vi.useRealTimers())

it('is the browser’s own clock while the two may agree', () => {
  hearDate(dated(NOON), NOON + 100, NOON + 180)
  expect(ahead()).toBe(0)
  hearDate(null, 0, 0)
  hearDate('nonsense', 0, 0)
  expect(ahead()).toBe(0)
})

it('is the office’s where the browser’s goes wrong, the better the more was heard', () => {
  vi.useFakeTimers({ now: NOON - 300_000 })
  // Five minutes late: the first answer says so to a second, the second one to a quarter of it.
  hearDate(dated(NOON), NOON - 300_000 + 50, NOON - 300_000 + 90)
  expect(ahead()).toBeGreaterThan(299_000)
  hearDate(dated(NOON), NOON - 300_000 + 800, NOON - 300_000 + 850)
  expect(Math.abs(ahead() - 300_000)).toBeLessThanOrEqual(250)
  expect(Math.abs(officeNow() - NOON)).toBeLessThanOrEqual(250)
})

it('follows a clock that is set', () => {
  hearDate(dated(NOON), NOON + 3_600_000, NOON + 3_600_050)
  expect(Math.abs(ahead() + 3_600_000)).toBeLessThanOrEqual(1_000)
})

it('reads a local time in the zone of the city, wherever the browser is', () => {
  expect(instantOf('2026-11-27T12:00')).toBe('2026-11-27T04:00:00.000Z')
  expect(instantOf('2026-01-01T03:30')).toBe('2025-12-31T19:30:00.000Z')
})
