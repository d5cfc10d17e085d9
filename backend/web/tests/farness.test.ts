import { expect, it } from 'vitest'
import type { MatterChoice } from '@/api/types'
import { farness } from '@/fields/farness'

const known = (code: string, name_en: string, ...words: string[]): MatterChoice => ({
  code, name: words[0] ?? '', name_en, group: '01', group_name: '公用设施', group_name_en: 'Utilities', words, conditions: [],
})
const power = known('01028', 'Electric facility', '电力设施异常', 'dianlisheshiyichang', 'dlssyc', '漏电', 'loudian', 'ld')
const lamp = known('01037', 'Street lamp', '路灯异常', 'ludengyichang', 'ldyc', '路灯', 'ludeng', 'ld', '灯杆坏', 'dengganhuai', 'dgh')
const cover = known('01001', 'Manhole cover', '供水井盖异常', 'gongshuijinggaiyichang', 'gsjgyc', '井盖', 'jinggai', 'jg')
const light = known('01039', 'Landscape light', '景观灯异常', 'jingguandengyichang', 'jgdyc')

const order = (...typed: string[]) =>
  [power, light, lamp, cover].filter((one) => farness(one, typed) < Infinity).sort((a, b) => farness(a, typed) - farness(b, typed)).map((one) => one.code)

it('puts first what begins by its own name with what was typed', () => {
  expect(order('ld')).toEqual(['01037', '01028'])
  expect(order('路灯')).toEqual(['01037'])
  expect(order('漏电')).toEqual(['01028'])
  expect(order('01028')).toEqual(['01028'])
})

it('puts a whole name before the beginning of one', () => {
  expect(order('jg')).toEqual(['01001', '01039'])
})

it('finds a class by other names, by parts and by its group, the nearest first', () => {
  expect(farness(lamp, ['dgh'])).toBeLessThan(farness(lamp, ['灯杆']))
  expect(farness(lamp, ['灯杆'])).toBeLessThan(farness(lamp, ['杆坏']))
  expect(farness(lamp, ['杆坏'])).toBeLessThan(farness(lamp, ['公用']))
  expect(order('zz')).toEqual([])
})
