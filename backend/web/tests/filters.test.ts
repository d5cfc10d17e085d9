import { beforeEach, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import { asked, compare, filters, fits, fromAddress, inAddress, sort, toAllOpen, toDefault, toStage } from '@/state/filters'
import { row, signIn } from './office'

beforeEach(() => {
  signIn()
  toDefault()
  sort.value = 'left'
})

describe('the address', () => {
  it.each([
    [{ stage: 'handling', view: 'mine' }],
    [{ view: 'open' }],
    [{ from: '2026-11-01', to: '2026-11-26', department: 'water' }],
    [{ ended: '1' }],
  ])('is read and written back: %o', (query) => {
    fromAddress(query)
    expect(inAddress()).toEqual(query)
  })

  it.each([
    [{ stage: 'no_such_stage' }],
    [{ from: '2026-02-31' }],
    [{ light: 'blue' }],
    [{ department: ['water', 'fire'] }],
  ])('narrows nothing where it means nothing: %o', (query) => {
    fromAddress(query)
    expect(inAddress()).toEqual({})
  })
})

describe('what fits', () => {
  it('is what lies with oneself', () => {
    expect(fits(row('1'))).toBe(true)
    expect(fits(row('2', { stage: 'handling' }))).toBe(false)
  })

  it('is all that is open, but not what has ended', () => {
    toAllOpen()
    expect(fits(row('1', { stage: 'handling' }))).toBe(true)
    expect(fits(row('2', { stage: 'closed' }))).toBe(false)
  })

  it('counts days as the city does: late in the evening of the day before in UTC is today there', () => {
    toAllOpen()
    filters.from = filters.to = '2026-11-27'
    expect(fits(row('1', { received_at: '2026-11-26T15:59:59.000Z' }))).toBe(false)
    expect(fits(row('2', { received_at: '2026-11-26T16:00:00.000Z' }))).toBe(true)
  })

  it('shows no light of somebody else to who sees only a part', () => {
    signIn(['reported'], { everything: false })
    toStage('handling')
    filters.light = 'red'
    expect(fits(row('1', { stage: 'handling', light: 'red' }))).toBe(false)
  })
})

it('searches everywhere, and comes back to what was seen before', async () => {
  filters.q = '井盖'
  await nextTick()
  expect(asked()).toMatchObject({ q: '井盖', mine: false, open: false })
  filters.q = ''
  await nextTick()
  expect(filters.mine).toBe(true)
})

it('puts first what has the least time left, the more urgent where it is the same', () => {
  const due = '2026-11-26T12:00:00.000Z'
  const late = row('1', { stage_due: '2026-11-26T13:00:00.000Z' })
  const normal = row('2', { stage_due: due })
  const urgent = row('3', { stage_due: due, urgency: 'urgent' })
  const none = row('4')
  const unknown = row('5', { stage_due: due, urgency: null })
  const sorted = [none, late, unknown, normal, urgent].sort(compare).map((one) => one.number)
  expect(sorted).toEqual(['3', '2', '5', '1', '4'])
})
