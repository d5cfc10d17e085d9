import { beforeEach, expect, it } from 'vitest'
import type { MatterChoice, TimelineEntry } from '@/api/types'
import { changesOf } from '@/timeline/changes'
import { setLanguage } from '@/words'
import { called, field, option, signIn } from './office'

const LAMP: MatterChoice = {
  code: '01037', name: '路灯', name_en: 'Lamp', group: '01', group_name: '', group_name_en: '', words: [],
  conditions: [{ key: '1', name: '单灯不亮', name_en: 'one lamp out', limit: '2wd', safe: null, whole: null, variants: [], closing: null }],
}

const step = (changes: Record<string, unknown>, action = 'weigh', said: string[] = []): TimelineEntry => ({
  id: '1', at: '2026-11-26T08:00:00.000Z', kind: 'step', text: '', text_en: '', said, media: [], action, post: null, person_name: null, via_name: null, note: null,
  call: null, notice: null, changes: Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, [value]])),
})

const told = (entry: TimelineEntry, matter: string | null = null) => changesOf(entry, matter)

beforeEach(() => {
  setLanguage('zh_CN')
  signIn([], {
    matters: [LAMP],
    roles: [called('weigher', '过磅员', ''), called('both', '见证人', '')],
    counts: [{ ...called('again', '再称', ''), returns: '' }],
    fields: [
      field('text', 'text'),
      field('matter', 'tree_choice', { source: 'matters' }),
      field('condition', 'choice', { source: 'conditions' }),
      field('point', 'place'),
      field('loud', 'boolean'),
      field('proof', 'photo'),
      field('kind', 'choice', { options: [option('a', '甲')] }),
      field('both', 'person', { role: 'both' }),
    ],
  })
})

it('tells what a step changed in the order of the form, then parts and counts, each in words', () => {
  const changes = { again: 2, weigher: '刘明', both: '李静', kind: 'a', loud: false, proof: ['x', 'y'], condition: '1', matter: '01037' }
  expect(told(step(changes)).map(({ field, value }) => [field, value])).toEqual([
    ['matter', '01037 路灯'],
    ['condition', '单灯不亮'],
    ['loud', '否'],
    ['proof', '2 张'],
    ['kind', '甲'],
    ['weigher', '刘明'],
    ['both', '李静'],
    ['again', '2'],
  ])
})

it('leaves out what was emptied, what goes along with something else, and what stands beside it', () => {
  expect(told(step({ kind: null, point: { lon: 1, lat: 2 }, stage: 'handling', weigher: null }))).toEqual([])
  expect(told(step({ text: '灯不亮' }, 'report'))).toEqual([])
  expect(told(step({ text: '灯不亮' }))).toEqual([{ field: 'text', value: '灯不亮' }])
})

it('tells of a light by itself', () => {
  expect(told(step({ light: 'red' }, 'light'))).toEqual([{ field: 'light', value: '已超期' }])
})

it('says nothing twice that the sentence says already', () => {
  const changes = { again: 2, weigher: '刘明', matter: '01037', condition: '1' }
  expect(told(step(changes, 'weigh', ['weigher', 'matter', 'note']))).toEqual([
    { field: 'condition', value: '单灯不亮' },
    { field: 'again', value: '2' },
  ])
  expect(told(step({ light: 'red' }, 'light', ['light']))).toEqual([])
})

it('names each of several who have one role', () => {
  expect(told(step({ 'weigher:a': '刘明', 'weigher:b': '李静', 'nobody:c': '王' }))).toEqual([
    { field: 'weigher:a', value: '刘明' },
    { field: 'weigher:b', value: '李静' },
  ])
})

it('names a condition by the class of the case where the step tells of the condition alone', () => {
  expect(told(step({ condition: '1' }), '01037')).toEqual([{ field: 'condition', value: '单灯不亮' }])
})
