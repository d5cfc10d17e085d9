import { beforeEach, expect, it, vi } from 'vitest'
import { computed, nextTick } from 'vue'
import { dropDrafts, hasDraft, keepOpen, leftOpen, useDraft } from '@/state/drafts'
import { me } from '@/state/session'
import { signIn } from './office'

beforeEach(() => {
  dropDrafts('acceptor1')
  localStorage.clear()
  sessionStorage.clear()
  signIn()
})

it('is written down with every change and gone when it is empty again', async () => {
  const { draft } = useDraft('1.note', { note: '' })
  draft.note = '晚点再打'
  await nextTick()
  expect(hasDraft('1.note')).toBe(true)
  draft.note = ''
  await nextTick()
  expect(hasDraft('1.note')).toBe(false)
})

it('is told of as long as it waits, and no longer', async () => {
  const waits = computed(() => hasDraft('4.note'))
  expect(waits.value).toBe(false)
  const { draft, drop } = useDraft('4.note', { note: '' })
  draft.note = '四'
  await nextTick()
  expect(waits.value).toBe(true)
  drop()
  expect(waits.value).toBe(false)
})

it('is the same wherever it is asked for, and a fresh one once it is dropped', async () => {
  const first = useDraft('1.note', { note: '' })
  first.draft.note = '一'
  await nextTick()
  expect(useDraft('1.note', { note: '' }).draft).toBe(first.draft)
  first.drop()
  expect(hasDraft('1.note')).toBe(false)
  expect(useDraft('1.note', { note: '' }).draft.note).toBe('')
  first.draft.note = '写不回来'
  await nextTick()
  expect(hasDraft('1.note')).toBe(false)
})

it('begins anew where what was kept cannot be read', () => {
  localStorage.setItem('hotline.draft.acceptor1.1.note', '{"note": ')
  expect(useDraft('1.note', { note: '' }).draft.note).toBe('')
})

it('lives on where the browser keeps nothing more', async () => {
  const { draft } = useDraft('2.note', { note: '' })
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  draft.note = '二'
  await nextTick()
  expect(useDraft('2.note', { note: '' }).draft.note).toBe('二')
})

it('is nothing that the next person at the machine may read', async () => {
  const { draft } = useDraft('3.note', { note: '' })
  draft.note = '不给别人看'
  await nextTick()
  keepOpen('3', 'note')
  dropDrafts('acceptor1')
  expect([hasDraft('3.note'), leftOpen('3')]).toEqual([false, null])
  expect(useDraft('3.note', { note: '' }).draft.note).toBe('')
})

it('remembers the open form of its case and person only', () => {
  keepOpen('12', 'file')
  expect([leftOpen('12'), leftOpen('1')]).toEqual(['file', null])
  me.value = { ...me.value!, person: 'acceptor2' }
  expect(leftOpen('12')).toBe(null)
})
