import { beforeEach, expect, it, vi } from 'vitest'
import { office } from '@/api/office'
import { goesForSeveral, blankFor } from '@/case/several'
import { offersFor } from '@/inbox/offers'
import { actOnPicks, batch } from '@/state/batch'
import { next, rows } from '@/state/inbox'
import { dropAll, lookAgain, mayPick, pick, pickAll, pickedAll, picks } from '@/state/picks'
import { dismiss, status, told } from '@/state/tell'
import { opened, row, signIn } from './office'

const list = (...numbers: string[]) => numbers.map((number) => row(number))

/** The office answers these lines. */
function answers(...lines: object[]) {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const half = Math.floor(text.length / 2)
  const parts = [text.slice(0, half), text.slice(half)]
  const body = new ReadableStream({
    start(control) {
      for (const part of parts) control.enqueue(new TextEncoder().encode(part))
      control.close()
    },
  })
  const asked = vi.fn((_: string, sent: RequestInit) => (void sent, Promise.resolve(new Response(body))))
  vi.stubGlobal('fetch', asked)
  return () => JSON.parse(asked.mock.lastCall?.[1].body as string) as { items: { number: string; version: number; key: string }[] }
}

beforeEach(() => {
  signIn()
  dropAll()
  rows.value = list('1', '2', '3', '4')
  next.value = null
})

it('picks nothing for who may move nothing on several cases', () => {
  signIn([], { several: false })
  pick(rows.value[0] ?? row('0'))
  expect([mayPick.value, picks.size]).toEqual([false, 0])
})

it('picks one, all between two, and all of the list with its further pages', async () => {
  const at = (index: number) => rows.value[index] ?? row('0')
  pick(at(1))
  pick(at(3), true)
  expect([...picks.keys()]).toEqual(['2', '3', '4'])
  pick(at(2))
  expect([...picks.keys()]).toEqual(['2', '4'])
  next.value = 'more'
  const page = { items: list('5'), next: null, matched: {}, meant: {}, claims: {}, counts: null as never }
  vi.spyOn(office, 'cases').mockResolvedValue(page)
  await pickAll()
  expect(picks.size).toBe(5)
  expect(pickedAll.value).toBe(true)
})

it('takes away the way back from an older move once it has made one, and only then', async () => {
  told.value.forEach((one) => dismiss(one.id))
  status('派遣 1', { label: '撤回派遣', take: () => undefined })
  rows.value.slice(0, 1).forEach((one) => pick(one))
  answers({ number: '1', made: false, code: 'x', message: 'why' })
  await actOnPicks('note', 'again', {})
  expect(told.value.map((one) => one.offer?.label)).toEqual(['撤回派遣'])
  answers({ number: '1', made: true })
  await actOnPicks('note', 'again', {})
  expect(told.value).toEqual([])
})

it('offers the moves of every kind of case that is picked, each with those that it fits, and sends it for these alone', async () => {
  rows.value = [row('1'), row('2', { stage: 'handling' }), row('3', { stage: 'handling' }), row('4', { stage: 'closed' })]
  const plain = { needs: [], takes: [], evidence: 'photo', proof: 'none', direct: false, aside: false, final: false, stages: [], photo_says: false } as const
  const may: Record<string, string[]> = { 1: ['file', 'note'], 2: ['finish', 'note'] }
  const read = vi.spyOn(office, 'case').mockImplementation((number) => {
    const actions = may[number]
    if (!actions) return Promise.reject(new Error('gone'))
    return Promise.resolve({ ...opened(number), buttons: actions.map((action) => ({ ...plain, needs: [], takes: [], stages: [], action })) })
  })
  rows.value.forEach((one) => pick(one))
  const offers = await offersFor([...picks.keys()])
  expect(offers.map((one) => [one.button.action, one.numbers])).toEqual([['note', ['2', '3', '1']], ['finish', ['2', '3']], ['file', ['1']]])
  // One of each kind is read, not every case.
  expect(read).toHaveBeenCalledTimes(3)
  const sent = answers({ number: '2', made: true }, { number: '3', made: true })
  expect(await actOnPicks('finish', '', {}, offers[1]?.numbers)).toBe(true)
  expect(sent().items.map((one) => one.number)).toEqual(['2', '3'])
  expect([...picks.keys()]).toEqual(['1', '4'])
  await expect(offersFor(['4'])).rejects.toThrow('gone')
})

it('lets go what was made, keeps what failed, and sends the same key only for the same', async () => {
  rows.value.slice(0, 2).forEach((one) => pick(one))
  let sent = answers({ number: '1', made: true }, { number: '2', made: false, code: 'x', message: 'why' })
  expect(await actOnPicks('note', 'hello', {})).toBe(false)
  expect([...picks.keys()]).toEqual(['2'])
  expect([batch.made, batch.done, batch.failed[0]?.message]).toEqual([1, 2, 'why'])
  const before = sent().items
  // The answer is cut: what was not told of has its key still when it is sent again.
  sent = answers()
  await actOnPicks('note', 'hello', {})
  const cut = sent().items
  expect(cut[0]?.key).not.toBe(before[1]?.key)
  sent = answers({ number: '2', made: true })
  expect(await actOnPicks('note', 'hello', {})).toBe(true)
  expect(sent().items[0]?.key).toBe(cut[0]?.key)
  // Later, and picked anew, it is another move, however alike.
  pick(rows.value[1] ?? row('0'))
  sent = answers({ number: '2', made: true })
  await actOnPicks('note', 'hello', {})
  expect(sent().items[0]?.key).not.toBe(cut[0]?.key)
})

it('tries a case anew as it stands once its reason was read', () => {
  pick(rows.value[0] ?? row('0'))
  rows.value = [{ ...row('1'), version: 9 }]
  expect(picks.get('1')).not.toBe(9)
  lookAgain('1')
  expect(picks.get('1')).toBe(9)
})

it('gives nothing of one case to all, and leaves out what asks for photos or another case', () => {
  const found = opened('1', { matter: '01001', cell: '1', place_text: 'here' })
  const blank = blankFor(found, '3').case
  expect([blank.matter, blank.cell, blank.place_text]).toEqual([null, null, ''])
  const plain = { action: 'a', needs: [], takes: [], evidence: 'photo', proof: 'none', direct: false, aside: false, final: false, stages: [], photo_says: false } as const
  const button = { ...plain, needs: [] as string[], takes: [] as string[], stages: [] as string[] }
  expect(goesForSeveral(button)).toBe(true)
  expect(goesForSeveral({ ...button, needs: ['photo'] })).toBe(false)
  expect(goesForSeveral({ ...button, proof: 'photo' })).toBe(false)
  expect(goesForSeveral({ ...button, stages: ['reported'] })).toBe(false)
})
