// The duty chief's floor: read whenever the feed says that a seat, a call or an alarm has changed.
import { computed, onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import { Trouble } from '@/api/http'
import { office } from '@/api/office'
import type { FloorSeat, FloorShown, ListenAsked } from '@/api/types'
import { second } from './clock'
import { feedState, onFeed, onReturn } from './feed'

/** Of many changes at once only one reading comes; without any the day's figures grow old. */
const GATHER_MS = 700
const AGAIN_MS = 20_000
const TELLS = ['floor', 'seat', 'call', 'room', 'reload']

export const floor = shallowRef<FloorShown | null>(null)
export const floorTrouble = shallowRef<Trouble | null>(null)
/** Whether what is shown may have changed without anybody telling it. */
export const stale = computed(() => feedState.value === 'cut' || floorTrouble.value !== null)
const readings = ref(0)

export type Way = ListenAsked['way']
/** In the order of the telephone's keys 4, 5 and 6. */
export const WAYS: Way[] = ['listen', 'whisper', 'barge']

export async function loadFloor(): Promise<void> {
  const turn = ++readings.value
  try {
    const found = await office.floor()
    if (turn !== readings.value) return
    floor.value = found
    floorTrouble.value = null
  } catch (caught) {
    if (turn === readings.value) floorTrouble.value = caught as Trouble
  }
}

/** Keeps the floor read while a part of a page shows it; for a component's setup. */
export function useFloor(): void {
  let waiting = 0
  let again = 0

  function soon(): void {
    waiting ||= window.setTimeout(async () => {
      await loadFloor()
      waiting = 0
    }, GATHER_MS)
  }

  const ends = [onFeed((frame) => void (TELLS.includes(frame.kind) && soon())), onReturn(() => void loadFloor())]
  onMounted(() => {
    void loadFloor()
    again = window.setInterval(() => void loadFloor(), AGAIN_MS)
  })
  onBeforeUnmount(() => {
    window.clearTimeout(waiting)
    window.clearInterval(again)
    ends.forEach((end) => end())
  })
}

/** For how many seconds something has lasted, by the office's clock, second by second. */
export const lasted = (since: string) => Math.max(0, (second.value - Date.parse(since)) / 1000)

const LIMITS = { talking: 'talking_s', wrap_up: 'wrap_up_s', paused: 'paused_s' } as const

/** Whether a seat is in its state for longer than the city takes for usual. */
export function isLong(seat: FloorSeat, shown: FloorShown): boolean {
  const name = LIMITS[seat.state as keyof typeof LIMITS]
  return name !== undefined && lasted(seat.since) >= shown.limits[name]
}

export interface Figure {
  name: 'waiting' | 'longest' | 'service_level' | 'abandonment'
  /** What it is measured by, as the plan has it; the value itself is null of nothing. */
  value: number | null
  limit: number
  marked: boolean
}

/** The figures at the top, and which of them the city wants looked at. */
export function figuresOf(shown: FloorShown): Figure[] {
  const { limits, today, waiting } = shown
  const longest = waiting.length ? Math.max(...waiting.map((one) => lasted(one.since))) : 0
  const over = (value: number | null, limit: number) => value !== null && value >= limit
  const service = today.service_level
  return [
    { name: 'waiting', value: waiting.length, limit: limits.waiting, marked: over(waiting.length, limits.waiting) },
    { name: 'longest', value: longest, limit: limits.wait_s, marked: over(longest, limits.wait_s) },
    { name: 'service_level', value: service, limit: limits.service_percent / 100, marked: service !== null && service * 100 < limits.service_percent },
    { name: 'abandonment', value: today.abandonment, limit: limits.abandoned_percent / 100, marked: over(today.abandonment, limits.abandoned_percent / 100) },
  ]
}
