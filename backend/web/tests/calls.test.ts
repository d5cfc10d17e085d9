import { expect, it } from 'vitest'
import type { ListedCall } from '@/api/types'
import { waitingFirst, waits } from '@/state/calls'

const call = (key: string, state: string, minute: number, ended = false): ListedCall => ({
  key, caller_masked: key, started_at: `2026-11-27T08:0${minute}:00Z`, ended_at: ended ? '2026-11-27T08:09:00Z' : null, seconds: null, number: null, survey: null, answered: null, state,
})

it('has who waits first, the longest first, and leaves the others as they are', () => {
  const all = [
    call('talks', 'seat_answered', 5), call('late', 'queued', 4), call('gone', 'queued', 1, true), call('rung', 'seat_ringing', 3), call('early', 'queued', 2),
  ]
  expect(waitingFirst(all).map((one) => one.key)).toEqual(['early', 'rung', 'late', 'talks', 'gone'])
  expect(all.filter(waits).map((one) => one.key)).toEqual(['late', 'rung', 'early'])
})
