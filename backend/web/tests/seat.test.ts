import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { office } from '@/api/office'
import type { Me, OwnSeat, ShownSeat } from '@/api/types'
import type { Heard, LiveCall } from '@/seat/softphone'
import { me } from '@/state/session'
import { act, goOnline, line, live, loadSeat, microphone as open, own } from '@/state/seat'

let heard: Heard
const stop = vi.fn()
vi.mock('@/seat/softphone', () => ({
  Softphone: class {
    stop = stop
    speakAt = vi.fn()
    constructor(_line: unknown, _microphone: unknown, told: Heard) {
      heard = told
      told.line('joining')
    }
  },
}))
vi.mock('@/state/ringing', () => ({ ring: vi.fn(), silence: vi.fn(), unlock: vi.fn() }))

const way = { url: 'ws://here/ws', server: 'here:5060', name: 'seat001', password: 'p', realm: 'hotline' }
const shown = (state: ShownSeat['state'], call = ''): ShownSeat => ({
  name: 'seat001', state, since: '2026-11-27T00:00:00Z', reason: '', call, until: null, extended: false, next: 'ready', next_reason: '', by: '', why: '', next_by: '', next_why: '',
})
const told = (seat: ShownSeat | null): OwnSeat => ({ seat, device: 'browser', order: null, asked_by: null, pauses: [], targets: [], skills: [], extend_s: 15, escalate_to: '' })

/** Locks as a browser has them: one holder, who is told when another takes it. */
function locks() {
  let lost: ((why: Error) => void) | null = null
  return {
    request: (_name: string, options: LockOptions, work: (lock: object | null) => unknown) => {
      if (lost && !options.steal) {
        return new Promise((_, fail) => {
          const late = () => fail(new Error('late'))
          if (options.signal?.aborted) late()
          options.signal?.addEventListener('abort', late)
        })
      }
      lost?.(new Error('stolen'))
      return new Promise((done, fail) => {
        lost = fail
        void Promise.resolve(work({})).then(() => ((lost = null), done(null)))
      })
    },
  }
}

function microphone(get: () => Promise<unknown>): void {
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: get }, locks: locks() })
}

beforeEach(() => {
  sessionStorage.clear()
  stop.mockClear()
  line.value = 'off'
  const stream = { active: true, getTracks: () => [] }
  microphone(() => Promise.resolve(stream))
  vi.spyOn(office, 'seat').mockResolvedValue(told(shown('ready')))
  vi.spyOn(office, 'seatOnline').mockResolvedValue({ seat: shown('ready'), line: way })
  me.value = { person: 'acceptor1', permissions: ['call.take'] } as unknown as Me
  own.value = told(null)
})

afterEach(async () => {
  me.value = null
  await nextTick()
  vi.unstubAllGlobals()
})

const ringing: LiveCall = { ringing: true, muted: false, held: false, since: 0 }

it('goes not ready without a microphone, and says why', async () => {
  microphone(() => Promise.reject(new DOMException('', 'NotAllowedError')))
  await goOnline()
  expect(open.value).toBe('refused')
  expect(office.seatOnline).not.toHaveBeenCalled()
})

it('shows its telephone and its call as the exchange tells of them', async () => {
  await goOnline()
  expect([line.value, open.value]).toEqual(['joining', 'there'])
  heard.line('there')
  heard.call(ringing)
  expect([line.value, live.value?.ringing]).toEqual(['there', true])
  heard.call(null)
  expect(live.value).toBe(null)
})

it('lets the telephone go when the seat is off, by itself or by the office', async () => {
  await goOnline()
  vi.spyOn(office, 'seatAct').mockResolvedValue(told(shown('off')))
  await act('off')
  expect([line.value, open.value]).toEqual(['off', 'none'])
  await goOnline()
  expect(line.value).toBe('joining')
  vi.spyOn(office, 'seat').mockResolvedValue(told(shown('off')))
  await loadSeat()
  await nextTick()
  expect(line.value).toBe('off')
  expect(stop).toHaveBeenCalledTimes(2)
})

it('gives the telephone to a window that takes it over, and hears it no more', async () => {
  await goOnline()
  const before = heard
  navigator.locks.request('hotline.seat', { steal: true }, () => new Promise(() => undefined)).catch(() => undefined)
  await nextTick()
  await nextTick()
  expect(line.value).toBe('elsewhere')
  before.call(ringing)
  expect(live.value).toBe(null)
})

it('does not take the telephone of another window by itself, but when it is asked to', async () => {
  navigator.locks.request('hotline.seat', {}, () => new Promise(() => undefined)).catch(() => undefined)
  const late = new AbortController()
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(late.signal)
  const going = goOnline()
  await nextTick()
  late.abort()
  await going
  expect(line.value).toBe('elsewhere')
  expect(office.seatOnline).not.toHaveBeenCalled()
  await goOnline(true)
  expect(line.value).toBe('joining')
})

it('shows the seat as it was asked for last, also where an answer overtakes the one before', async () => {
  me.value = { permissions: ['call.take'] } as unknown as Me
  const answers: ((found: OwnSeat) => void)[] = []
  vi.spyOn(office, 'seat').mockImplementation(() => new Promise((answer) => answers.push(answer)))
  const both = [loadSeat(), loadSeat()]
  answers[1]!(told(shown('talking', 'c1')))
  answers[0]!(told(shown('ringing', 'c1')))
  await Promise.all(both)
  expect(own.value?.seat?.state).toBe('talking')
})
