import { beforeEach, expect, it } from 'vitest'
import type { ShownLine, ShownTalk } from '@/api/types'
import type { Typed } from '@/seat/callDraft'
import { byKey, callerWords, isTaken, offersOf, standing, takeOffer } from '@/seat/talk'

const line = (text: string, more: Partial<ShownLine> = {}): ShownLine => ({
  speaker: 'caller', at: '2026-11-23T09:00:00Z', seconds: 2, text, confidence: 0.9, lost: null, ...more,
})
const talk = (more: Partial<ShownTalk> = {}): ShownTalk => ({
  stands: 'listens',
  lines: [line('井盖不见了'), line('请问在哪里', { speaker: 'seat' }), line('人民路')],
  suggested: {
    classes: [
      { code: '01001', name: '井盖', name_en: 'Manhole', score: 0.9, words: ['井盖'] },
      { code: '01002', name: '路灯', name_en: 'Light', score: 0.05, words: [] },
    ],
    place: { text: '人民路', point: { lon: 121.5, lat: 29.9 }, cell: '330299001001001' },
    urgency: 'urgent',
    in_scope: false,
  },
  ...more,
})
let typed: Typed
beforeEach(() => {
  typed = { text: '', place: '手写的地点', point: null, cell: null, matter: '01002', condition: 'k', urgency: null, in_scope: null, phone: '', name: '', key: 'k1' }
})

it('offers class, place, urgency and what is out of scope, and writes nothing by itself', () => {
  const offers = offersOf(talk())
  expect(offers.map((one) => one.of)).toEqual(['matter', 'matter', 'place', 'urgency', 'scope'])
  expect([typed.matter, typed.place, typed.urgency, typed.in_scope]).toEqual(['01002', '手写的地点', null, null])
  expect(offersOf(talk({ suggested: null }))).toEqual([])
  expect(offersOf(null)).toEqual([])
})

it('takes a place with its position, and gives back what was typed', () => {
  const offer = byKey(offersOf(talk()), 'place', typed)!
  const back = takeOffer(offer, typed)
  expect([typed.place, typed.cell]).toEqual(['人民路', '330299001001001'])
  expect(isTaken(offer, typed)).toBe(true)
  expect(byKey(offersOf(talk()), 'place', typed)).toBe(undefined)
  back()
  expect([typed.place, typed.point, typed.cell]).toEqual(['手写的地点', null, null])
})

it('gives back a class with its condition, unless somebody has chosen another since', () => {
  const offers = offersOf(talk())
  const back = takeOffer(byKey(offers, 'matter', typed)!, typed)
  typed.condition = 'other'
  back()
  expect([typed.matter, typed.condition]).toEqual(['01002', 'k'])
  const late = takeOffer(byKey(offers, 'urgency', typed)!, typed)
  typed.urgency = 'critical'
  late()
  expect(typed.urgency).toBe('critical')
})

it('says how it stands, and that it lags while the newest line was lost', () => {
  expect(standing(null)).toBe('')
  expect(standing(talk({ stands: null }))).toBe('')
  expect(standing(talk())).toBe('listens')
  expect(standing(talk({ stands: 'busy' }))).toBe('busy')
  expect(standing(talk({ lines: [line('', { lost: 'lags' })] }))).toBe('lags')
  expect(standing(talk({ stands: 'over', lines: [line('', { lost: 'lags' })] }))).toBe('over')
})

it('knows the words of the caller alone', () => {
  expect(callerWords(talk())).toBe('井盖不见了 人民路')
})
