// Whether a page is on its way: its code is fetched when it is first gone to.
import { ref } from 'vue'
import type { RouteLocationNormalized, Router } from 'vue-router'
import { say } from '@/words'
import { alert } from './tell'

const SHOWN_AFTER_MS = 150

export const turning = ref(false)
let timer = 0
let target: RouteLocationNormalized | null = null
let arrived: Promise<void> = Promise.resolve()
let arrive = () => {}

function begin(to: RouteLocationNormalized): void {
  if (!target) arrived = new Promise((resolve) => (arrive = resolve))
  target = to
  window.clearTimeout(timer)
  timer = window.setTimeout(() => (turning.value = true), SHOWN_AFTER_MS)
}

/** The end of a way that another one has cut short is none. */
function end(to: RouteLocationNormalized): void {
  if (to !== target) return
  target = null
  window.clearTimeout(timer)
  turning.value = false
  arrive()
}

/** When nobody is on the way to a page; writing into the address before would end that way. */
export async function arrival(): Promise<void> {
  while (target) await arrived
}

/** Marks every way from page to page that takes time, and says where one cannot be gone. */
export function watchTurns(router: Router): void {
  router.beforeEach(begin)
  router.afterEach(end)
  router.onError((_, to) => {
    end(to)
    alert(say('trouble.page'))
  })
}
