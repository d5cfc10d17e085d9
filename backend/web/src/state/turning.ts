// Whether a page is on its way: its code is fetched when it is first gone to.
import { ref } from 'vue'
import type { Router } from 'vue-router'
import { say } from '@/words'
import { alert } from './tell'

const SHOWN_AFTER_MS = 150

export const turning = ref(false)
let timer = 0

function done(): void {
  window.clearTimeout(timer)
  turning.value = false
}

/** Marks every way from page to page that takes time, and says where one cannot be gone. */
export function watchTurns(router: Router): void {
  router.beforeEach(() => {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => (turning.value = true), SHOWN_AFTER_MS)
  })
  router.afterEach(done)
  router.onError(() => {
    done()
    alert(say('trouble.page'))
  })
}
