// The latest calls; a ring on the feed brings the list again at once.
import { computed, ref, shallowRef } from 'vue'
import { Trouble } from '@/api/http'
import { office } from '@/api/office'
import { officeNow } from '@/api/officeTime'
import type { FeedFrame, GradeCount, ListedCall } from '@/api/types'
import { onReturn } from './feed'

const LATEST = 50
/** A call that has not ended after this long has lost its end, not its caller's patience. */
const MAX_AGE_MS = 15 * 60_000
const AT_MOST_EVERY_MS = 700

export const calls = shallowRef<ListedCall[] | null>(null)
/** How callers have rated their calls today; [] where nobody is asked. */
export const surveyed = shallowRef<GradeCount[]>([])
/** How many calls were answered on the line today. */
export const answeredToday = ref(0)
export const callsTrouble = shallowRef<Trouble | null>(null)
export const callsNow = computed(() =>
  waitingFirst(calls.value ?? []).filter(
    (call) => !call.ended_at && officeNow() - Date.parse(call.started_at) < MAX_AGE_MS,
  ),
)

/** What happened last in a call whose caller waits for a person. */
const WAITS = ['queued', 'seat_ringing', 'seat_missed', 'emergency']
export const waits = (call: ListedCall) => !call.ended_at && WAITS.includes(call.state)

/** Who waits comes first, the longest first; the others stay as they are. */
export function waitingFirst(all: ListedCall[]): ListedCall[] {
  const waiting = all.filter(waits).sort((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at))
  return [...waiting, ...all.filter((one) => !waits(one))]
}

let timer = 0
let askedAt = 0
let turns = 0

export async function loadCalls(): Promise<void> {
  askedAt = Date.now()
  const turn = ++turns
  try {
    const { items, surveyed: rated, answered } = await office.calls(LATEST)
    if (turn !== turns) return
    calls.value = items
    surveyed.value = rated
    answeredToday.value = answered
    callsTrouble.value = null
  } catch (caught) {
    if (turn === turns) callsTrouble.value = caught as Trouble
  }
}

onReturn(() => {
  if (callsTrouble.value) void loadCalls()
})

export function hearCalls(message: FeedFrame): void {
  if (message.kind !== 'call' && message.kind !== 'reload') return
  if (timer) return
  const wait = Math.max(0, askedAt + AT_MOST_EVERY_MS - Date.now())
  timer = window.setTimeout(() => {
    timer = 0
    void loadCalls()
  }, wait)
}
