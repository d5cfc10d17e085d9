// Inputs of forms: another case, a person, a list, and what a note is called.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, type App, type Component } from 'vue'
import { office } from '@/api/office'
import type { OpenedCase } from '@/api/types'
import NoteInput from '@/case/NoteInput.vue'
import CaseField from '@/fields/CaseField.vue'
import PersonField from '@/fields/PersonField.vue'
import { setLanguage } from '@/words'
import { action, field, opened, row, signIn, stage } from './office'

const SHA = 'b'.repeat(64)
let app: App | null = null
let page: HTMLElement

function show(what: Component, props: Record<string, unknown>): void {
  page = document.body.appendChild(document.createElement('div'))
  app = createApp({ render: () => h(what, props) })
  app.mount(page)
}

const STAGES = [stage('reported'), stage('to_dispatch'), stage('merged', { end: true })]
const settled = async () => {
  for (let n = 0; n < 9; n++) await nextTick()
}

beforeEach(() => {
  setLanguage('zh_CN')
  signIn([], { stages: STAGES, actions: [action('urge', { note: '要求', note_en: 'Demand' }), action('note')] })
  vi.spyOn(office, 'mapCases').mockResolvedValue({ type: 'FeatureCollection', features: [] } as never)
})

afterEach(() => {
  app?.unmount()
  page.remove()
  vi.restoreAllMocks()
})

function picker(stages: string[]) {
  const numbers = ref<string[]>([])
  show(
    () =>
      h(CaseField, {
        modelValue: numbers.value, 'onUpdate:modelValue': (now: string[]) => (numbers.value = now),
        label: '案件', shown: opened('00000018').case, several: true, most: 9, stages, invalid: false,
      }),
    {},
  )
  return numbers
}

async function type(words: string): Promise<void> {
  const input = page.querySelector<HTMLInputElement>('input[role=combobox]')
  if (!input) throw new Error('no input')
  input.value = words
  input.dispatchEvent(new Event('input'))
  await settled()
}

const options = () => [...page.querySelectorAll('[role=option]')].map((one) => one.textContent)

it('offers only cases in a stage in which they can be named, and asks for no others', async () => {
  const rows = [row('00000026', { stage: 'reported' }), row('00000034', { stage: 'to_dispatch' })]
  const asked = vi.spyOn(office, 'cases').mockResolvedValue({ items: rows } as never)
  picker(['to_dispatch'])
  await type('路灯')
  expect(asked).toHaveBeenCalledWith(expect.objectContaining({ stage: 'to_dispatch' }))
  expect(options()).toEqual([expect.stringContaining('0000 0034')])
})

it('leads from a number that goes along with a case to that one, and shows its photos', async () => {
  vi.spyOn(office, 'cases').mockResolvedValue({ items: [] } as never)
  const leader = opened('00000034', { stage: 'to_dispatch' })
  leader.timeline = [{ media: [{ sha256: SHA, mime: 'image/jpeg' }] }] as never
  const follower: OpenedCase = opened('00000026', { stage: 'merged' })
  follower.bound = [{ number: '00000034', stage: 'to_dispatch', far: 1 }] as never
  vi.spyOn(office, 'case').mockImplementation((number) => Promise.resolve(number === '00000034' ? leader : follower))
  const numbers = picker([])
  await type('0000 0026')
  expect(options()).toEqual([expect.stringMatching(/0000 0034.*0000 0026/)])
  page.querySelector('[role=option]')?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true }))
  await settled()
  expect(numbers.value).toEqual(['00000034'])
  expect(page.querySelector<HTMLImageElement>('[data-chosen] img')?.src).toContain(SHA)
})

it('marks oneself among the people who may be chosen', () => {
  const people = [{ id: 'acceptor1', name: '陈', name_en: 'Chen', department: null }, { id: 'liu', name: '刘', name_en: 'Liu', department: null }]
  show(PersonField, { modelValue: null, field: field('crew', 'person', { people }), shown: opened('1').case, label: '班组', suggested: null })
  const told = [...page.querySelectorAll('option')].map((one) => one.textContent)
  expect(told).toContain('陈（您本人）')
  expect(told).toContain('刘')
})

it.each([['urge', true, '要求'], ['note', true, '说明'], ['note', false, '说明（可不填）']])('calls the note of %s by its name', (asked, needed, name) => {
  show(NoteInput, { modelValue: '', action: asked, needed, invalid: false })
  expect(page.querySelector('label')?.textContent).toContain(name)
})
