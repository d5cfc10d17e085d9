import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { Trouble } from '@/api/http'
import { office } from '@/api/office'
import type { AtWork } from '@/api/types'
import { heeding, othersAt, takeClaims, useClaim } from '@/state/claims'
import { startFeed, stopFeed } from '@/state/feed'
import { me } from '@/state/session'
import { row, signIn } from './office'

const one = (person: string): AtWork => ({ person, name: person, name_en: person, post: 'acceptor', since: '2026-11-26T08:00:00.000Z' })
const answer = (...people: string[]) => ({ again_s: 15, claims: people.map(one) })

beforeEach(() => {
  vi.useFakeTimers()
  signIn()
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

it('tells others from oneself, and takes what a list says', () => {
  const mine = me.value?.person ?? ''
  const page = { items: [row('1'), row('2')], next: null, matched: {}, meant: {}, claims: { 1: [one(mine), one('x')] }, counts: null as never }
  takeClaims(page)
  expect(othersAt('1').map(({ person }) => person)).toEqual(['x'])
  expect(othersAt('2')).toEqual([])
  takeClaims({ ...page, claims: {} })
  expect(othersAt('1')).toEqual([])
})

describe('an answer that was asked for before the feed told', () => {
  const page = (claims: Record<string, AtWork[]>) => ({ items: [row('1'), row('2')], next: null, matched: {}, meant: {}, claims, counts: null as never })

  /** Says what the feed does, as the stream brings it. */
  let say: (told: object) => void
  beforeEach(() => {
    vi.stubGlobal('WebSocket', class {
      onmessage: ((event: { data: string }) => void) | null = null
      constructor() {
        say = (told) => this.onmessage?.({ data: JSON.stringify({ seq: null, number: null, ...told }) })
      }
      close() {}
    })
    startFeed()
  })
  afterEach(() => {
    stopFeed()
    vi.unstubAllGlobals()
  })

  it('changes nothing of the cases of which it has told meanwhile', async () => {
    let answers!: (found: ReturnType<typeof page>) => void
    const asked = heeding(() => new Promise<ReturnType<typeof page>>((resolve) => (answers = resolve)))
    say({ kind: 'claim', number: '1', claims: [one('y')] })
    answers(page({ 1: [one('x')], 2: [one('z')] }))
    takeClaims(await asked)
    expect(othersAt('1').map(({ person }) => person)).toEqual(['y'])
    expect(othersAt('2').map(({ person }) => person)).toEqual(['z'])
    // What is asked for behind it is the newer word.
    takeClaims(await heeding(() => Promise.resolve(page({}))))
    expect(othersAt('1')).toEqual([])
  })

  it('is a word of the page itself as well', async () => {
    let answers!: (found: ReturnType<typeof answer>) => void
    vi.spyOn(office, 'claim').mockReturnValue(new Promise((resolve) => (answers = resolve)))
    vi.spyOn(office, 'endClaim').mockResolvedValue({})
    const scope = effectScope()
    scope.run(() => useClaim('9', ref(true)))
    await vi.advanceTimersByTimeAsync(500)
    say({ kind: 'claim', number: '9', claims: [one('y')] })
    answers(answer('x'))
    await vi.advanceTimersByTimeAsync(0)
    expect(othersAt('9').map(({ person }) => person)).toEqual(['y'])
    scope.stop()
  })
})

it('speaks once a case is stayed at, goes on, and ends with a key that never comes again', async () => {
  const said = vi.spyOn(office, 'claim').mockResolvedValue(answer('x'))
  const ended = vi.spyOn(office, 'endClaim').mockResolvedValue({})
  const wanted = ref(true)
  const scope = effectScope()
  scope.run(() => useClaim('7', wanted))
  expect(said).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(500)
  expect(said).toHaveBeenCalledTimes(1)
  expect(othersAt('7').map(({ person }) => person)).toEqual(['x'])
  await vi.advanceTimersByTimeAsync(15_000)
  expect(said).toHaveBeenCalledTimes(2)
  const tab = said.mock.calls[0]?.[1]
  expect(said.mock.calls[1]?.[1]).toBe(tab)
  wanted.value = false
  await nextTick()
  expect(ended).toHaveBeenCalledWith('7', tab)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(said).toHaveBeenCalledTimes(2)
  wanted.value = true
  await vi.advanceTimersByTimeAsync(500)
  expect(said.mock.calls[2]?.[1]).not.toBe(tab)
  scope.stop()
})

it('is quiet where nobody does anything for long, and where the case is out of sight', async () => {
  const said = vi.spyOn(office, 'claim').mockResolvedValue(answer())
  vi.spyOn(office, 'endClaim').mockResolvedValue({})
  const scope = effectScope()
  scope.run(() => useClaim('8', ref(true)))
  await vi.advanceTimersByTimeAsync(11 * 60_000)
  const before = said.mock.calls.length
  await vi.advanceTimersByTimeAsync(5 * 60_000)
  expect(said.mock.calls.length).toBe(before)
  window.dispatchEvent(new Event('keydown'))
  await vi.advanceTimersByTimeAsync(16_000)
  expect(said.mock.calls.length).toBeGreaterThan(before)
  said.mockRejectedValue(new Trouble(404, 'no_case', ''))
  await vi.advanceTimersByTimeAsync(20_000)
  const stopped = said.mock.calls.length
  window.dispatchEvent(new Event('keydown'))
  await vi.advanceTimersByTimeAsync(120_000)
  expect(said.mock.calls.length).toBe(stopped)
  scope.stop()
})
