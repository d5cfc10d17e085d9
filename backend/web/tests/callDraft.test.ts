import { expect, it } from 'vitest'
import { merge, type Typed } from '@/seat/callDraft'
import { metres } from '@/seat/near'

const base: Typed = {
  text: '', place: '', point: null, cell: null, matter: null, condition: null, urgency: null, in_scope: null, phone: '138', name: '', key: 'k1',
}
const HERE = { lon: 121.5, lat: 29.9 }

it('keeps what was typed here and takes what was typed there', () => {
  const mine = { ...base, text: '路灯不亮' }
  const { typed, differing } = merge(base, mine, { ...base, name: '王' })
  expect([typed.text, typed.name, differing]).toEqual(['路灯不亮', '王', {}])
})

it('shows a field that both have written, and keeps its own', () => {
  const { typed, differing } = merge(base, { ...base, text: '这里' }, { ...base, text: '那里' })
  expect([typed.text, differing]).toEqual(['这里', { text: { text: '那里' } }])
})

it('never joins the words of one place with the position of another', () => {
  const mine = { ...base, place: '人民路' }
  const theirs = { ...base, place: '光明路', point: HERE, cell: '330299000000001' }
  const { typed, differing } = merge(base, mine, theirs)
  expect([typed.place, typed.point, typed.cell]).toEqual(['人民路', null, null])
  expect(differing).toEqual({ place: { place: '光明路', point: HERE, cell: '330299000000001' } })
})

it('has one key for two pages of one call, so that it is registered once', () => {
  expect(merge(base, { ...base, key: 'k2' }, { ...base, key: 'k3' }).typed.key).toBe('k3')
})

it('measures in metres', () => {
  expect(metres(HERE, { lon: 121.5, lat: 29.901 })).toBe(111)
  expect(metres(HERE, HERE)).toBe(0)
})
