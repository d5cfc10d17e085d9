// Who calls at one's seat, from the ring to the end: read anew when something happens in the call.
import { computed, shallowRef, watch } from 'vue'
import { office } from '@/api/office'
import type { CallerShown } from '@/api/types'
import { onFeed } from './feed'
import { callKey, own, seat } from './seat'

const SOON_MS = 200

const known = shallowRef<CallerShown | null>(null)
/** Who calls, as far as it is known; nobody once the call is another seat's. */
export const caller = computed(() => (known.value?.call === callKey.value ? known.value : null))
/** Somebody is in danger: they pressed or said so. */
export const urgent = computed(() => caller.value?.emergency ?? false)
/** What sends a caller to wait elsewhere: who did that does not wait for them. */
const SENT_ON = ['requeue', 'transfer']
/** One's caller, cut off from this seat (its page was read anew), waits in the queue while it still writes. */
export const waitsAgain = computed(
  () => seat.value?.state === 'wrap_up' && (caller.value?.waits ?? false) && !SENT_ON.includes(own.value?.order?.kind ?? ''),
)

let timer = 0

async function load(): Promise<void> {
  const key = callKey.value
  if (!key) return
  // A call that has gone on to somebody else is not shown here any more.
  const found = await office.whoCalls(key).catch(() => null)
  if (key === callKey.value) known.value = found ?? known.value
}

watch(callKey, () => void load(), { immediate: true })
onFeed((frame) => {
  if (frame.kind !== 'reload' && (frame.kind !== 'call' || frame.call !== callKey.value)) return
  window.clearTimeout(timer)
  timer = window.setTimeout(() => void load(), SOON_MS)
})
