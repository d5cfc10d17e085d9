import { expect, it } from 'vitest'
import { fit, found, recent, remember, type Command } from '@/state/commands'

const command = (label: string, ...also: string[]): Command => ({ id: label, kind: 'move', label, also, run: () => undefined })
const ALL = [command('派遣', 'paiqian', 'pq', 'Dispatch'), command('派往区级', 'paiwangquji', 'pwqj'), command('备注', 'beizhu', 'bz', 'Add a note')]

it.each([
  ['派遣', '派遣'],
  ['pq', '派遣'],
  ['paiqian', '派遣'],
  ['pai qian', '派遣'],
  ['DISP', '派遣'],
  ['pwqj', '派往区级'],
  ['bz', '备注'],
  ['note', '备注'],
])('finds by characters, pinyin, its beginnings and the other language: %s', (typed, label) => {
  expect(found(typed, ALL)[0]?.label).toBe(label)
})

it('finds nothing by letters that are not there, and everything by none', () => {
  expect(found('zzz', ALL)).toEqual([])
  expect(found('', ALL)).toHaveLength(3)
  expect(fit('qp', 'paiqian')).toBe(null)
})

it('keeps the cases seen last, each once', () => {
  for (let n = 0; n < 20; n++) remember(String(n))
  remember('15')
  expect(recent.value).toHaveLength(12)
  expect(recent.value.slice(0, 2)).toEqual(['15', '19'])
})
