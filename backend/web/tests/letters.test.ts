import { expect, it } from 'vitest'
import { lettersOf } from '@/state/letters'

it('gives each action the first letter that is free, and none that moves through the list', () => {
  expect(lettersOf(['file', 'fail_check', 'just', 'f'])).toEqual({ file: 'f', fail_check: 'a', just: 'u' })
})

it('gives no letter twice', () => {
  const actions = ['accept', 'ask_check', 'ask_verify', 'close', 'correct', 'decline', 'dispatch', 'file', 'note', 'void']
  const letters = Object.values(lettersOf(actions))
  expect(letters.length).toBeGreaterThan(7)
  expect(new Set(letters).size).toBe(letters.length)
})
