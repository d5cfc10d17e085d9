import { beforeEach, expect, it } from 'vitest'
import { createApp, h, type App } from 'vue'
import type { FilingCondition } from '@/api/types'
import ConditionField from '@/fields/ConditionField.vue'
import { areaClass, counting } from '@/state/limits'
import { setLanguage } from '@/words'
import { signIn } from './office'

const MAIN: FilingCondition = {
  key: '1', name: '爆管', name_en: 'burst', limit: '5wd', safe: '1uh', whole: null,
  variants: [
    { urgency: 'critical', area: null, limit: null, safe: '30um', whole: null },
    { urgency: null, area: 'C', limit: '8wd', safe: '2uh', whole: '20wd' },
  ],
  closing: { text: '已修复', text_en: 'repaired', evidence: 'photo_place', ours: true },
}
const matter = { code: '01', name: '水管', name_en: 'Main', group: '', group_name: '', group_name_en: '', words: [], conditions: [MAIN] }

beforeEach(() => {
  setLanguage('zh_CN')
  signIn([], {
    matters: [matter],
    whole: '30ud',
    area_classes: [
      { id: 'A', name: '城区', name_en: 'Town', cells: ['11', '12'] },
      { id: 'C', name: '乡村', name_en: 'Villages', cells: ['1'] },
    ],
  })
})

it('counts the first variant that fits and has the limit, else the condition', () => {
  expect(counting(MAIN, 'normal', '110')).toEqual({ safe: '1uh', limit: '5wd', whole: '30ud' })
  expect(counting(MAIN, 'critical', '130')).toEqual({ safe: '30um', limit: '8wd', whole: '20wd' })
  expect(counting(MAIN, null, null)).toEqual({ safe: '1uh', limit: '5wd', whole: '30ud' })
})

it('knows the class of areas by the first beginning that fits', () => {
  expect([areaClass('120')?.id, areaClass('19')?.id, areaClass('2'), areaClass(null)]).toEqual(['A', 'C', null, null])
})

it('shows by a chosen condition what counts there and what closes it', () => {
  const page = document.createElement('div')
  const shown: App = createApp({
    render: () => h(ConditionField, { label: '立案条件', matter: '01', modelValue: '1', where: { urgency: 'critical', cell: '19' } }),
  })
  shown.mount(page)
  expect(page.querySelector('option[value="1"]')?.textContent).toBe('爆管 · 8 个工作日')
  expect(page.querySelector('[data-limits]')?.textContent).toBe('应急处置 30 分钟，处置 8 个工作日，全案 20 个工作日')
  expect(page.querySelector('[data-closing]')?.textContent).toContain('结案条件：已修复')
  expect(page.querySelector('[data-closing]')?.textContent).toContain('须附有时间、位置的照片')
  shown.unmount()
})
