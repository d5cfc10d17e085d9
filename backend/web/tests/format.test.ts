import { expect, it } from 'vitest'
import { day, toTheSecond, when } from '@/format'
import { now } from '@/state/clock'

it('says the year of what is not of this one, as it would be read as of now', () => {
  now.value = Date.parse('2026-11-28T05:00:00Z')
  expect(when('2026-11-22T08:05:00Z')).not.toContain('2026')
  expect(when('2024-11-28T05:18:00Z')).toContain('2024')
  expect(day('2024-11-28T05:18:00Z')).toContain('2024')
  expect(day('2026-01-01T00:00:00Z')).not.toContain('2026')
})

it('tells an instant to the second', () => {
  expect(toTheSecond('2026-11-22T08:05:09.400Z')).toMatch(/\d\d:05:09$/)
})
