import { expect, it } from 'vitest'
import { dueNext } from '@/state/own'
import { row } from './office'

const [EARLY, LATE] = ['2026-11-26T08:00:00.000Z', '2026-11-27T08:00:00.000Z']

it('tells the time of the clock by which a case has its light, whichever of the two ends first', () => {
  expect(dueNext(row('1', { stage_due: LATE, due: EARLY }))).toBe(EARLY)
  expect(dueNext(row('1', { stage_due: EARLY, due: LATE }))).toBe(EARLY)
})

it('tells of no handling that has stopped, stands still or never began', () => {
  expect(dueNext(row('1', { stage_due: LATE, due: EARLY, due_stopped: EARLY }))).toBe(LATE)
  expect(dueNext(row('1', { stage_due: LATE }))).toBe(LATE)
  expect(dueNext(row('1', { due: EARLY }))).toBeNull()
})
