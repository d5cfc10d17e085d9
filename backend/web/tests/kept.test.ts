import { beforeEach, expect, it } from 'vitest'
import { createApp, h } from 'vue'
import KeptNote from '@/case/KeptNote.vue'
import type { OpenedCase } from '@/api/types'
import { setLanguage } from '@/words'
import { opened, signIn } from './office'

const AT = '2026-11-20T08:00:00.000Z'

function note(told: Partial<OpenedCase>): HTMLElement {
  const root = document.createElement('div')
  createApp({ render: () => h(KeptNote, { detail: { ...opened('1'), ...told } }) }).mount(root)
  return root
}

beforeEach(() => {
  setLanguage('zh_CN')
  signIn()
})

it('says nothing of a case of which all is there and may go', () => {
  expect(note({}).textContent).toBe('')
})

it('says that a case is on hold, and why where that was told', () => {
  expect(note({ hold: { since: AT, reason: '', made_by: null } }).textContent).toContain('冻结期间数据不会清除')
  const told = note({ hold: { since: AT, reason: '诉讼中', made_by: '李长' } }).textContent
  expect(told).toContain('诉讼中')
  expect(told).toContain('李长')
})

it('names what is gone, and by what where that was told', () => {
  const there = note({
    erased: [
      { kind: 'words', at: AT, by_rule: true },
      { kind: 'recording', at: AT, by_rule: false },
      { kind: 'photo', at: AT, by_rule: null },
    ],
  })
  const said = (kind: string) => there.querySelector(`[data-erased=${kind}]`)?.textContent?.trim() ?? ''
  expect(said('words')).toMatch(/^诉求内容和地点.*按保存期限$/s)
  expect(said('recording')).toMatch(/^录音.*按本人申请$/s)
  expect(said('photo')).not.toContain('按')
})
