import { expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { arrival, turning, watchTurns } from '@/state/turning'

const page = { template: '<p />' }

it('marks only a way that takes long, and ends with the way that was gone last', async () => {
  vi.useFakeTimers()
  const opens: (() => void)[] = []
  const slow = () => new Promise<typeof page>((resolve) => opens.push(() => resolve(page)))
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/', component: page }, { path: '/slow', component: slow }, { path: '/other', component: page }],
  })
  watchTurns(router)
  await router.push('/')
  expect(turning.value).toBe(false)
  const gone = router.push('/slow')
  await vi.advanceTimersByTimeAsync(0)
  let there = false
  const waited = arrival().then(() => (there = true))
  await vi.advanceTimersByTimeAsync(149)
  expect(turning.value).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect([turning.value, there]).toEqual([true, false])
  await router.push('/other')
  opens.forEach((open) => open())
  await Promise.all([gone, waited])
  expect([turning.value, there, router.currentRoute.value.path]).toEqual([false, true, '/other'])
  vi.useRealTimers()
})
