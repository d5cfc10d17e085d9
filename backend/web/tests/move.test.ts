import { beforeEach, expect, it, vi } from 'vitest'
import { Trouble } from '@/api/http'
import { office } from '@/api/office'
import { rows } from '@/state/inbox'
import { move } from '@/state/move'
import { toDefault } from '@/state/filters'
import { opened, row, signIn } from './office'

beforeEach(() => {
  signIn()
  toDefault()
  rows.value = [row('1'), row('2')]
})

it('is sent once however often it is pressed', async () => {
  const act = vi.spyOn(office, 'act').mockResolvedValue(opened('1', { stage: 'handling', version: 2 }))
  await Promise.all([move(row('1'), 'accept'), move(row('1'), 'accept')])
  expect(act).toHaveBeenCalledTimes(1)
})

it('shows the case as it stands where somebody was faster, and may be made again', async () => {
  const now = opened('1', { version: 7 })
  const late = new Trouble(409, 'conflict', '李明快了一步', null, null, { now })
  const act = vi.spyOn(office, 'act').mockRejectedValue(late)
  await move(row('1'), 'accept')
  expect(rows.value.find((one) => one.number === '1')?.version).toBe(7)
  await move(row('1', { version: 7 }), 'accept')
  expect(act).toHaveBeenCalledTimes(2)
  expect(act.mock.calls[0]?.[1].key).not.toBe(act.mock.calls[1]?.[1].key)
})

it('leaves the list as it is where the office cannot be reached', async () => {
  vi.spyOn(office, 'act').mockRejectedValue(new Trouble(0, 'offline', ''))
  await move(row('1'), 'accept')
  expect(rows.value.map((one) => [one.number, one.version])).toEqual([['1', 1], ['2', 1]])
})
