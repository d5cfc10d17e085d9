import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, type App } from 'vue'
import type { ActionButton } from '@/api/types'
import ActionForm from '@/case/ActionForm.vue'
import type { Sending } from '@/case/useCase'
import { exifOf, withExif } from '@/fields/exif'
import { dropDrafts, useDraft } from '@/state/drafts'
import { setLanguage } from '@/words'
import { action, opened, signIn } from './office'

const SHA = 'a'.repeat(64)
const BUTTON: ActionButton = {
  ...{ action: 'weigh', needs: ['photo'], takes: [], evidence: 'photo_check', proof: 'photo_place' },
  ...{ direct: false, aside: false, final: false, stages: [], photo_says: false },
}
const closing = { text: '已修复', text_en: 'repaired', evidence: 'photo_place' as const, ours: true }

let app: App | null = null
let page: HTMLElement

function show(placed: boolean): Sending[] {
  const sent: Sending[] = []
  const { draft } = useDraft('00000018.weigh', { note: '', changed: {}, photos: [{ sha: SHA, name: 'a.jpg', look: '', placed }], shots: {} })
  draft.note = 'x'
  const props = {
    action: 'weigh', button: BUTTON, detail: opened('00000018', { closing }), busy: false, refusal: null, picked: null,
    send: (one: Sending) => Promise.resolve(sent.push(one) > 0),
  }
  page = document.createElement('div')
  document.body.append(page)
  app = createApp({ render: () => h(ActionForm, props) })
  app.mount(page)
  return sent
}

/** The browser says where it is, or why not. */
function browser(says: (yes: PositionCallback, no: PositionErrorCallback) => void): void {
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('navigator', { ...navigator, geolocation: { getCurrentPosition: says } })
}

const stands = (age = 0): GeolocationPosition =>
  ({ coords: { longitude: 121.57, latitude: 29.89, accuracy: 11.6 }, timestamp: Date.now() - age }) as GeolocationPosition

async function submit(): Promise<void> {
  page.querySelector('form')?.dispatchEvent(new Event('submit'))
  for (let i = 0; i < 8; i++) await nextTick()
}

const position = () => page.querySelector('[data-position]')

beforeEach(() => {
  setLanguage('zh_CN')
  Element.prototype.scrollIntoView = () => {}
  signIn([], { actions: [action('weigh', { name: '过磅' })] })
})
afterEach(() => {
  app?.unmount()
  page.remove()
  dropDrafts('acceptor1')
  vi.unstubAllGlobals()
})

it('asks where one stands for a photo without a place, says why, and sends it', async () => {
  browser((yes) => yes(stands(5_000)))
  const sent = show(false)
  await nextTick()
  expect(page.querySelector('[data-proof]')?.textContent).toContain('已修复')
  expect(page.querySelector('[data-proof]')?.textContent).toContain('请允许浏览器获取位置')
  await submit()
  expect(position()?.textContent).toContain('误差约 12 米')
  expect(sent[0]?.fix).toMatchObject({ point: { lon: 121.57, lat: 29.89 }, accuracy: 11.6 })
  expect(Date.now() - Date.parse(sent[0]?.fix?.at ?? '')).toBeGreaterThanOrEqual(4_900)
})

it('says what to do where it may not know, and sends nothing', async () => {
  browser((_, no) => no({ code: 1 } as GeolocationPositionError))
  const sent = show(false)
  await submit()
  expect(sent).toEqual([])
  expect(position()?.textContent).toContain('允许“位置”')
  browser((yes) => yes(stands()))
  await submit()
  expect(sent).toHaveLength(1)
})

it('asks nobody for a photo that says its place itself', async () => {
  const asked = vi.fn()
  browser(asked)
  const sent = show(true)
  await submit()
  expect(asked).not.toHaveBeenCalled()
  expect(sent[0]?.fix).toBeNull()
  expect(position()).toBeNull()
})

/** A JPEG's head with an orientation of 6, little-endian. */
const PHOTO = new Uint8Array([
  ...[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0],
  ...[0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0],
  ...[0xff, 0xda, 0, 2, 9, 9],
])

it('keeps what the camera wrote in a smaller copy, which is upright', async () => {
  const segment = exifOf(PHOTO)
  expect(segment).toHaveLength(36)
  expect(segment?.[28]).toBe(1)
  const small = new Blob([new Uint8Array([0xff, 0xd8, 7, 7])], { type: 'image/jpeg' })
  const whole = new Uint8Array(await (await withExif(new Blob([PHOTO]), small)).arrayBuffer())
  expect([...whole]).toEqual([0xff, 0xd8, ...(segment ?? []), 7, 7])
})

it.each([[[]], [[0xff]], [[0xff, 0xd8]], [[0x89, 0x50, 0x4e, 0x47]], [[...PHOTO.slice(0, 20)]], [[0xff, 0xd8, 0xff, 0xe1, 0, 0]]])(
  'finds nothing in what is no whole photo: %j',
  (bytes) => expect(exifOf(new Uint8Array(bytes))).toBeNull(),
)
