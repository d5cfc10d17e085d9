// The present, told to everything that shows an age; the office's times are compared with it.
import { ref } from 'vue'

const TICK_MS = 15_000

export const now = ref(Date.now())
window.setInterval(() => (now.value = Date.now()), TICK_MS)
document.addEventListener('visibilitychange', () => (now.value = Date.now()))
