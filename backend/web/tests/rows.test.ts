import { expect, it } from 'vitest'
import type { TrialSaid } from '@/api/types'
import { rowsOf, soundsFrom } from '@/room/rows'

const said = (text: string, pressed = ''): TrialSaid => ({ prompt: text, language: 'zh_CN', text, sound: 'one.wav', by_queue: false, pressed })

it('shows a number in one row, and each of its digits is heard', () => {
  const rows = rowsOf([said('编号是'), said('零'), said('一', '1'), said('二'), said('再见')])
  expect(rows.map((one) => [one.text, one.pressed])).toEqual([['编号是', ''], ['零一', '1'], ['二', ''], ['再见', '']])
  expect(soundsFrom(rows, 1).map((one) => one.row)).toEqual([1, 1, 2, 3])
})

it('has no sound for words that are typed', () => {
  expect(rowsOf([{ ...said('停水'), sound: '' }])[0]?.sounds).toEqual([])
})
