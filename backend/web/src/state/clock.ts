// The present by the office's clock, told to everything that shows an age or counts down.
import { ref } from 'vue'
import { officeNow } from '@/api/officeTime'

const TICK_MS = 15_000
const SECOND_MS = 1_000

export const now = ref(officeNow())
/** The present by the second: what counts down is looked at. */
export const second = ref(officeNow())

/** Tells the present at once, for what has just changed. */
export function tick(): void {
  now.value = officeNow()
  second.value = officeNow()
}

window.setInterval(() => (now.value = officeNow()), TICK_MS)
window.setInterval(() => (second.value = officeNow()), SECOND_MS)
document.addEventListener('visibilitychange', tick)
