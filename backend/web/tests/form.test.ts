import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive, type App } from 'vue'
import type { ActionButton, CaseDetail, OpenedCase } from '@/api/types'
import { office } from '@/api/office'
import ActionForm from '@/case/ActionForm.vue'
import { isGuess, readyWith, useForm } from '@/case/formState'
import type { Sending } from '@/case/useCase'
import { factsOf } from '@/fields/values'
import { dropDrafts } from '@/state/drafts'
import { setLanguage } from '@/words'
import { action, field, opened, option, signIn } from './office'

const SHA = 'a'.repeat(64)
const FIELDS = [
  field('text', 'text', { max: 10_000 }),
  field('weight', 'number', { name: '重量', name_en: 'Weight', min: 1, max: 50, decimals: 1 }),
  field('kind', 'choice', { name: '种类', options: [option('a', '甲'), option('b', '乙')] }),
  field('road', 'tree_choice', { name: '道路', options: [option('big', '大路'), option('ring', '环路', 'big'), option('lane', '小巷')] }),
  field('on', 'date', { name: '日期' }),
  field('loud', 'boolean', { name: '噪声' }),
  field('back', 'phone', { name: '回电' }),
  field('proof', 'photo', { name: '证据' }),
  field('spot', 'place', { name: '取样点' }),
  field('warden', 'person', { name: '管理员', role: 'warden', people: [{ id: 'liu', name: '刘', name_en: 'Liu', department: null }] }),
  field('body', 'organisation', { name: '单位', role: 'body' }),
  field('mark', 'signature', { name: '签名' }),
  field('remark', 'text', { name: '说明', max: 20 }),
  field('secret', 'text', { inner: true }),
]
const IDS = FIELDS.map((one) => one.id)

let app: App | null = null
let page: HTMLElement

function button(needs: string[], takes: string[] = []): ActionButton {
  return { action: 'weigh', needs, takes, evidence: 'photo', proof: 'none', direct: false, aside: false, final: false, stages: [], photo_says: false }
}

function show(asked: ActionButton, changed: Partial<CaseDetail> = {}, swift = false) {
  const sent: Sending[] = []
  const send = vi.fn((one: Sending) => (sent.push(one), Promise.resolve(true)))
  const props = reactive({
    action: asked.action, button: asked, detail: opened('1', changed), busy: false,
    refusal: null as { text: string; field: string | null } | null, picked: null, swift, send,
  })
  page = document.body.appendChild(document.createElement('div'))
  app = createApp({ render: () => h(ActionForm, props) })
  app.mount(page)
  return { sent, props }
}

const at = <T extends HTMLElement = HTMLInputElement>(id: string, what = 'input') =>
  page.querySelector<T>(`[data-field="${id}"] ${what}`) as T

async function type(id: string, value: string, what = 'input'): Promise<void> {
  const input = at<HTMLInputElement | HTMLSelectElement>(id, what)
  input.value = value
  input.dispatchEvent(new Event(input instanceof HTMLSelectElement ? 'change' : 'input'))
  await nextTick()
}

async function submit(): Promise<void> {
  page.querySelector('form')?.dispatchEvent(new Event('submit'))
  await nextTick()
  await nextTick()
}

/** The state of a form without its page. */
function state(asked: ActionButton, changed: Partial<CaseDetail> = {}) {
  const detail = opened('1', changed)
  return useForm(() => detail as OpenedCase, asked)
}

beforeEach(() => {
  vi.spyOn(office, 'geojson').mockResolvedValue({ type: 'FeatureCollection', features: [] })
  HTMLElement.prototype.scrollIntoView = () => undefined
  setLanguage('zh_CN')
  signIn([], { actions: [action('weigh', { name: '称重' })], fields: FIELDS })
})

afterEach(() => {
  app?.unmount()
  app = null
  page?.remove()
  dropDrafts('acceptor1')
})

it('takes a photo in place of the words that a move needs, where the city says so', () => {
  const asks = { ...button(['note']), photo_says: true }
  const { draft, missing, drop } = state(asks)
  expect(missing()).toBe('note')
  draft.photos = [{ sha: SHA, placed: false }] as never
  expect(missing()).toBeNull()
  drop()
  const { missing: still } = state(button(['note']))
  expect(still()).toBe('note')
})

it('has an input for each field that is asked for, by its type, in the order of the form', () => {
  show(button([], [...IDS].reverse()))
  const inputs = [...page.querySelectorAll<HTMLElement>('[data-field]')].map((one) => one.dataset['field'])
  expect(inputs).toEqual([...IDS.filter((one) => one !== 'secret'), 'note'])
  expect(at('weight').inputMode).toBe('decimal')
  expect(page.querySelectorAll('[data-field="kind"] input[type=radio]')).toHaveLength(2)
  expect([...page.querySelectorAll('[data-field="road"] optgroup')].map((one) => one.getAttribute('label'))).toEqual(['大路'])
  expect(at('on').type).toBe('date')
  expect(page.querySelector('[data-field="loud"]')?.textContent).toContain('是')
  expect(at('back').type).toBe('tel')
  expect(at('proof', 'input[type=file]').multiple).toBe(true)
  expect(at('spot').getAttribute('role')).toBe('combobox')
  expect(at<HTMLSelectElement>('warden', 'select').options[1]?.text).toBe('刘')
  expect(at<HTMLSelectElement>('body', 'select').options).toHaveLength(2)
  expect(at('mark', 'canvas')).not.toBe(null)
  expect(page.querySelector('[data-field="remark"]')?.textContent).toContain('说明')
})

it('sends what was typed as its type, and of the rest nothing', async () => {
  const { sent } = show(button([], IDS))
  await type('weight', '12,5')
  await type('road', 'ring', 'select')
  await type('on', '2026-11-26')
  await type('back', '0574-8771 2345')
  at('loud', 'input[value=false]').dispatchEvent(new Event('change'))
  await type('warden', 'liu', 'select')
  await submit()
  expect(sent).toEqual([
    { note: '', media: [], fix: null, given: { weight: 12.5, road: 'ring', on: '2026-11-26', loud: false, back: '0574-8771 2345', warden: 'liu' } },
  ])
})

it.each([
  ['weight', 'twelve', '请填写数字'],
  ['weight', '51', '从 1 到 50'],
  ['weight', '1.25', '最多 1 位小数'],
  ['back', '12', '请填写电话号码，只用数字'],
  ['remark', 'x'.repeat(21), '超出 1 字，最多 20 字，请删减后再提交。'],
])('says at the field what is wrong with it: %s %s', async (id, typed, why) => {
  const { sent } = show(button([], IDS))
  await type(id, typed)
  await submit()
  expect(sent).toEqual([])
  expect(page.querySelector(`[data-field="${id}"] .below`)?.textContent).toBe(why)
  expect(at(id).getAttribute('aria-invalid')).toBe('true')
  expect(document.activeElement).toBe(at(id))
})

it('names what is missing before anything is sent, and what the office refused at its field', async () => {
  const { sent, props } = show(button(['weight'], ['remark']))
  await submit()
  expect(sent).toEqual([])
  expect(page.querySelector('[role=alert]')?.textContent).toContain('重量')
  await type('weight', '3')
  await submit()
  expect(sent).toHaveLength(1)
  props.refusal = { text: '说明含有禁用词', field: 'remark' }
  await nextTick()
  await nextTick()
  expect(page.querySelector('[data-field="remark"] .below')?.textContent).toBe('说明含有禁用词')
  expect(document.activeElement).toBe(at('remark'))
})

it('begins with what the case has, and empties only what may be empty', () => {
  const had = {
    fields: { weight: 3, remark: '旧', proof: [SHA] },
    assignments: { warden: { org: null, org_name: null, person: 'liu', person_name: '刘' } },
    suggested: { body: 'water' },
  }
  const { values, given } = state(button([], IDS), had)
  expect([values['weight'], values['remark'], values['warden'], values['body']]).toEqual([3, '旧', 'liu', 'water'])
  expect(given()).toEqual({ body: 'water' })
  values['remark'] = null
  values['proof'] = []
  expect(given()).toEqual({ body: 'water', remark: null, proof: null })
})

it('adds pictures to those that the case has, and hands them in', () => {
  const { draft, given, media, missing } = state(button(['proof', 'mark']), { fields: { proof: [SHA] } })
  expect(missing()).toBe('mark')
  draft.shots['proof']?.push({ sha: 'b'.repeat(64), name: '', look: '' })
  draft.shots['mark']?.push({ sha: 'c'.repeat(64), name: '', look: '' })
  expect(missing()).toBe(null)
  expect(given()).toEqual({ proof: [SHA, 'b'.repeat(64)], mark: 'c'.repeat(64) })
  expect(media()).toEqual(['b'.repeat(64), 'c'.repeat(64)])
})

it('takes no as an answer where one is needed', () => {
  const { values, missing } = state(button(['loud']))
  expect(missing()).toBe('loud')
  values['loud'] = false
  expect(missing()).toBe(null)
})

it('shows every value of the form by its name, in words', () => {
  const shown = opened('1', { fields: { kind: 'b', loud: false, proof: [SHA], weight: 0, remark: '' } }).case
  const facts = factsOf(shown).map(({ id, name, words, photos }) => [id, name, words, photos.length])
  expect(facts).toEqual([
    ['weight', '重量', '0', 0],
    ['kind', '种类', '乙', 0],
    ['loud', '噪声', '否', 0],
    ['proof', '证据', '1 张', 1],
  ])
})

it('keeps a draft of every type over the form itself', async () => {
  show(button([], IDS))
  await type('weight', '4')
  app?.unmount()
  page.remove()
  show(button([], IDS))
  expect(at('weight').value).toBe('4')
})

it('begins without what is asked for each time, but shows what was asked for to who answers', () => {
  signIn([], { fields: [field('more', 'text', { anew: true }), field('helpers', 'organisations', { anew: true, role: 'helper' })] })
  const helper = { org: 'water', org_name: '水务', person: null, person_name: null }
  const known = { fields: { more: '1wd' }, assignments: { 'helper:water': helper } }
  const asking = state(button(['more', 'helpers']), known)
  expect([asking.values['more'], asking.values['helpers'], asking.missing()]).toEqual([null, [], 'more'])
  const answering = state(button([], ['more']), known)
  expect(answering.values['more']).toBe('1wd')
  expect(answering.given()).toEqual({})
  answering.values['more'] = '2wd'
  expect(answering.given()).toEqual({ more: '2wd' })
})

it('refuses a day that has been or lies too far ahead, whoever has typed it', () => {
  signIn([], { fields: [field('until', 'date', { ahead: 30, anew: true })] })
  const asking = state(button(['until']))
  const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10)
  asking.values['until'] = day(-2)
  expect(asking.wrong()?.field).toBe('until')
  asking.values['until'] = day(10)
  expect(asking.wrong()).toBe(null)
  asking.values['until'] = day(40)
  expect(asking.wrong()?.field).toBe('until')
  // What was asked for weeks ago may have passed since.
  expect(state(button([], ['until']), { fields: { until: day(-2) } }).wrong()?.field).toBe('until')
})

it('sends by Enter from a list that stands at a choice, and not from one that stands at none', async () => {
  const { sent } = show(button(['warden']))
  const list = at<HTMLSelectElement>('warden', 'select')
  const enter = () => list.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
  enter()
  await nextTick()
  expect(sent).toEqual([])
  await type('warden', 'liu', 'select')
  enter()
  await nextTick()
  await nextTick()
  expect(sent).toHaveLength(1)
})

it('says what a move is filled in with, where nothing but photos is left to be given', () => {
  const ready = (needs: string[], changed: Partial<CaseDetail> = {}) => readyWith(opened('1', changed).case, button(needs))
  expect(ready(['warden'], { suggested: { warden: 'liu' } })).toBe('刘')
  expect(ready(['warden', 'photo'], { suggested: { warden: 'liu' } })).toBe('刘')
  expect(ready([])).toBe('')
  expect(ready(['warden'])).toBe(null)
  expect(ready(['warden', 'note'], { suggested: { warden: 'liu' } })).toBe(null)
})

it('goes by no guess of a machine without a look', () => {
  const guessed = { cell: '330299001001001', place_unsure: true }
  expect(isGuess(opened('1', guessed).case, button(['cell']))).toBe(true)
  expect(isGuess(opened('1', { ...guessed, place_unsure: false }).case, button(['cell']))).toBe(false)
  expect(isGuess(opened('1', { unsure: true, matter: null }).case, button(['matter']))).toBe(true)
  expect(isGuess(opened('1', { unsure: true, matter: '01001' }).case, button(['matter']))).toBe(false)
})

it.each([
  ['is sent as it is filled in', button(['warden']), { suggested: { warden: 'liu' } }, 1],
  ['waits for what is missing', button(['warden']), {}, 0],
  ['waits for words', button(['note']), {}, 0],
  ['waits for its photo', button(['photo']), {}, 0],
  ['ends no case for good', { ...button([]), action: 'weigh_off', final: true }, {}, 0],
])('a move at once %s', async (_, asked, changed, times) => {
  signIn([], { actions: [action('weigh'), action('weigh_off', { tone: 'danger' })], fields: FIELDS })
  const { sent } = show(asked, changed, true)
  await nextTick()
  expect(sent).toHaveLength(times)
})

it('files no class that a machine guessed where a move only takes one: who puts the words right sends the words', () => {
  const matters = [{ code: '01001', name: '井盖', name_en: '', group: '01', group_name: '', group_name_en: '', conditions: [{ key: '1' }] }]
  signIn([], { matters: matters as never, fields: [field('text', 'text'), field('matter', 'choice'), field('condition', 'choice')] })
  const suggestions = [{ code: '01001', name: '井盖', name_en: '', score: 0.9, words: [] }]
  const guessed = { text: '旧话', matter: null, suggestions, suggested: { condition: '1' } } as Partial<CaseDetail>
  const putting = state(button([], ['text', 'matter', 'condition']), guessed)
  putting.values['text'] = '新话'
  expect(putting.given()).toEqual({ text: '新话' })
  putting.drop()
  // What the case has stays as it is, and gets no condition that nobody chose.
  const filed = state(button([], ['text', 'matter', 'condition']), { ...guessed, matter: '01001' })
  expect(filed.given()).toEqual({})
  // Where a move asks for the class, the likeliest stands.
  expect(state(button(['matter', 'condition']), guessed).given()).toEqual({ matter: '01001', condition: '1' })
})
