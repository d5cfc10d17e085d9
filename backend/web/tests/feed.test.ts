import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { office } from '@/api/office'
import type { FeedFrame, Me } from '@/api/types'
import { feedState, onFeed, startFeed, stopFeed } from '@/state/feed'
import { signIn } from './office'

class Socket {
  static opened: Socket[] = []
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: (() => void) | null = null
  closed = false

  constructor(readonly url: string) {
    Socket.opened.push(this)
  }

  close(): void {
    this.closed = true
  }

  say(told: Partial<FeedFrame>): void {
    const blank = { seq: null, at: null, number: null, call: null, seat: null, row: null, counts: null }
    this.onmessage?.({ data: JSON.stringify({ ...blank, ...told }) })
  }
}

const last = () => Socket.opened.at(-1)!

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', Socket)
  vi.spyOn(office, 'me').mockResolvedValue({} as Me)
  Socket.opened = []
  signIn(['reported'], { feed: 41 })
  startFeed()
})

afterEach(() => {
  stopFeed()
  vi.useRealTimers()
})

it('goes on behind the last change that it has heard, and counts move nothing', async () => {
  expect(last().url).toMatch(/from=41$/)
  last().say({ kind: 'hello', seq: 41 })
  last().say({ kind: 'case', seq: 42, number: '1' })
  last().say({ kind: 'counts' })
  last().onclose?.()
  expect(feedState.value).toBe('cut')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(last().url).toMatch(/from=42$/)
})

it('takes a line that says nothing for cut, and one that says it is alive for live', async () => {
  const first = last()
  first.say({ kind: 'hello', seq: 41 })
  for (let told = 0; told < 6; told++) {
    await vi.advanceTimersByTimeAsync(10_000)
    first.say({ kind: 'alive' })
  }
  expect([feedState.value, Socket.opened.length]).toEqual(['live', 1])
  await vi.advanceTimersByTimeAsync(25_000)
  expect([feedState.value, first.closed]).toEqual(['cut', true])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(Socket.opened.length).toBe(2)
  // Nobody answers on this one either: it is not waited for without end.
  await vi.advanceTimersByTimeAsync(40_000)
  expect(Socket.opened.length).toBeGreaterThan(2)
  last().say({ kind: 'hello', seq: 41 })
  expect(feedState.value).toBe('live')
})

it('is cut at once where the browser is offline, and tries at once when it is not', () => {
  last().say({ kind: 'hello', seq: 41 })
  window.dispatchEvent(new Event('offline'))
  expect(feedState.value).toBe('cut')
  const tried = Socket.opened.length
  window.dispatchEvent(new Event('online'))
  expect(Socket.opened.length).toBe(tried + 1)
  last().say({ kind: 'hello', seq: 41 })
  expect(feedState.value).toBe('live')
})

it('hears nothing of a line that another one has taken the place of', () => {
  const heard: string[] = []
  const stop = onFeed((message) => heard.push(message.number ?? ''))
  const first = last()
  startFeed()
  first.say({ kind: 'case', seq: 43, number: 'old' })
  last().say({ kind: 'case', seq: 43, number: 'new' })
  stop()
  last().say({ kind: 'case', seq: 44, number: 'after' })
  expect(heard).toEqual(['new'])
})
