import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { office } from '@/api/office'
import type { Counts, FeedFrame } from '@/api/types'
import { filters, toAllOpen } from '@/state/filters'
import { sort } from '@/state/order'
import { counts, fresh, hear, load, more, next, rows, settle, take } from '@/state/inbox'
import { row, signIn } from './office'

const NONE: Counts = { stages: {}, lights: {}, own_lights: {}, facets: {}, mine: 0 }
const frame = (told: Partial<FeedFrame>): FeedFrame => ({
  kind: 'case', seq: 1, at: null, number: null, call: null, seat: null, row: null, counts: null, claims: null, ...told,
})
const at = (minute: number) => `2026-11-26T08:0${minute}:00.000Z`
const numbers = () => rows.value.map((one) => one.number)

beforeEach(() => {
  vi.useFakeTimers()
  signIn()
  toAllOpen()
  sort.value = 'newest'
  rows.value = [row('3', { received_at: at(3) }), row('1', { received_at: at(1) })]
  next.value = null
  fresh.clear()
})

afterEach(() => {
  vi.useRealTimers()
})

it('puts what comes in its order, and marks it as new', () => {
  hear(frame({ number: '2', row: row('2', { received_at: at(2) }) }), null)
  expect(numbers()).toEqual(['3', '2', '1'])
  expect([...fresh]).toEqual(['2'])
})

it('never goes back to an older version, in whatever order the messages come', () => {
  take(row('3', { version: 5, received_at: at(3), text: '新' }), null)
  take(row('3', { version: 4, received_at: at(3), text: '旧' }), null)
  expect(rows.value[0]).toMatchObject({ version: 5, text: '新' })
})

it('takes away what has gone out of sight, but not the case that is open', () => {
  hear(frame({ number: '3' }), '3')
  expect(numbers()).toEqual(['3', '1'])
  hear(frame({ number: '3' }), null)
  expect(numbers()).toEqual(['1'])
})

it('keeps the open case that fits no more until it is left', () => {
  take(row('3', { stage: 'closed', version: 2 }), '3')
  expect(numbers()).toEqual(['3', '1'])
  settle(null)
  expect(numbers()).toEqual(['1'])
})

it('leaves what belongs on a page behind the last one to that page', () => {
  next.value = 'more'
  take(row('0', { received_at: at(0) }), null)
  expect(numbers()).toEqual(['3', '1'])
})

it('shows no case twice where a page overlaps with what the feed has brought', async () => {
  next.value = 'more'
  const page = { items: [row('1'), row('0')], next: null, matched: {}, meant: {}, claims: {}, counts: NONE }
  vi.spyOn(office, 'cases').mockResolvedValue(page)
  await more()
  expect(numbers()).toEqual(['3', '1', '0'])
})

it('takes the answer to the last question, whichever comes last', async () => {
  const answers: ((items: string[]) => void)[] = []
  vi.spyOn(office, 'cases').mockImplementation(
    () => new Promise((resolve) => answers.push((items) => resolve({ items: items.map((one) => row(one)), next: null, matched: {}, meant: {}, claims: {}, counts: NONE }))),
  )
  const first = load()
  const second = load()
  answers[1]?.(['new'])
  answers[0]?.(['old'])
  await Promise.all([first, second])
  expect(numbers()).toEqual(['new'])
})

it('takes the counts of the feed, and leaves rows alone where it searches', () => {
  hear(frame({ kind: 'counts', counts: { ...NONE, mine: 7 } }), null)
  expect(counts.value?.mine).toBe(7)
  filters.q = '井盖'
  hear(frame({ number: '9', row: row('9') }), null)
  expect(numbers()).toEqual(['3', '1'])
})
