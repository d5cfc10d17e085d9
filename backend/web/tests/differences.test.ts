import { expect, it } from 'vitest'
import { nextTick, reactive } from 'vue'
import type { CaseDetail } from '@/api/types'
import { useDifferences } from '@/case/differences'
import { field, opened } from './office'

const ASKED = [field('weight', 'number'), field('road', 'text'), field('place_text', 'text')]

function begin(fields: Record<string, unknown>, place = 'here') {
  const held = reactive({ now: opened('1', { fields, place_text: place }).case as CaseDetail })
  const changed = reactive<Record<string, unknown>>({})
  const told = useDifferences(() => held.now, ASKED, changed)
  const moves = async (more: Record<string, unknown>, there = place) => {
    held.now = opened('1', { fields: more, place_text: there }).case
    await nextTick()
  }
  return { changed, moves, ...told }
}

it('tells before, theirs and mine of what somebody else has changed, and of nothing else', async () => {
  const { changed, moves, differences } = begin({ weight: 1, road: 'ring' })
  changed['weight'] = 5
  expect(differences.value).toEqual([])
  await moves({ weight: 2, road: 'lane' })
  const told = differences.value.map((one) => [one.field.id, one.before, one.theirs, one.mine, one.touched, one.isMine])
  expect(told).toEqual([
    ['weight', 1, 2, 5, true, true],
    ['road', 'ring', 'lane', undefined, false, false],
  ])
})

it('keeps what was typed while theirs is looked at, and forgets it once it was seen', async () => {
  const { changed, moves, differences, typed, seen } = begin({ weight: 1 })
  changed['weight'] = 5
  await moves({ weight: 2 })
  delete changed['weight']
  expect(differences.value[0]?.isMine).toBe(false)
  expect(typed('weight')).toBe(5)
  // A third one comes in between: what was typed here is still what was typed here.
  await moves({ weight: 3 })
  expect([differences.value[0]?.before, differences.value[0]?.theirs, differences.value[0]?.mine]).toEqual([1, 3, 5])
  seen()
  expect(differences.value).toEqual([])
})

it('says nothing where both wrote the same, or where it was changed back', async () => {
  const { changed, moves, differences } = begin({ weight: 1 }, 'here')
  changed['place_text'] = 'there'
  await moves({ weight: 1 }, 'there')
  expect(differences.value).toEqual([])
  await moves({ weight: 1 }, 'here')
  expect(differences.value).toEqual([])
})

it('takes neither side by itself: what both changed is chosen in the note or typed on, and anew for a third one', async () => {
  const { changed, moves, differences, choose } = begin({ weight: 1 })
  changed['weight'] = 5
  await moves({ weight: 2 })
  const chosen = () => differences.value.map((one) => one.chosen)
  expect(chosen()).toEqual([false])
  choose('weight')
  expect(chosen()).toEqual([true])
  await moves({ weight: 3 })
  expect(chosen()).toEqual([false])
  // Who types on knows of theirs.
  changed['weight'] = 8
  expect(chosen()).toEqual([true])
})
