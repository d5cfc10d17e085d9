import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { FeedFrame } from '@/api/types'
import { feedState, onFeed, startFeed, stopFeed } from '@/state/feed'
import { signIn } from './office'

class Socket {
  static opened: Socket[] = []
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: (() => void) | null = null

  constructor(readonly url: string) {
    Socket.opened.push(this)
  }

  close(): void {}

  say(told: Partial<FeedFrame>): void {
    const blank = { seq: null, at: null, number: null, call: null, row: null, counts: null }
    this.onmessage?.({ data: JSON.stringify({ ...blank, ...told }) })
  }
}

const last = () => Socket.opened.at(-1)!

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', Socket)
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
