import { expect, it, vi } from 'vitest'
import { createApp, defineComponent, h, nextTick } from 'vue'
import { Trouble } from '@/api/http'
import { startFeed, stopFeed } from '@/state/feed'
import { useReading } from '@/state/reading'
import { signIn } from './office'

it('reads as it comes up, says why it failed, and reads again once the line is back', async () => {
  let say!: (told: object) => void
  vi.stubGlobal('WebSocket', class {
    onmessage: ((event: { data: string }) => void) | null = null
    constructor() {
      say = (told) => this.onmessage?.({ data: JSON.stringify({ seq: null, number: null, ...told }) })
    }
    close() {}
  })
  signIn()
  const read = vi.fn().mockRejectedValueOnce(new Trouble(503, 'unready', '')).mockResolvedValue(undefined)
  let reading!: ReturnType<typeof useReading>
  const app = createApp(defineComponent(() => {
    reading = useReading(read)
    return () => h('div')
  }))
  app.mount(document.createElement('div'))
  await nextTick()
  expect([read.mock.calls.length, reading.trouble.value?.code]).toEqual([1, 'unready'])
  startFeed()
  say({ kind: 'alive' })
  await vi.waitFor(() => expect(reading.trouble.value).toBeNull())
  expect(read).toHaveBeenCalledTimes(2)
  app.unmount()
  stopFeed()
  vi.unstubAllGlobals()
})
