import { expect, it } from 'vitest'
import { lettersOf } from '@/state/letters'
import { signIn } from './office'

const LETTERS = { accept: 'a', ask_extension: 'e', report_done: 'r', other: 'a' }

it('gives each action the letter that it has everywhere', () => {
  signIn([], { letters: LETTERS })
  expect(lettersOf(['accept', 'ask_extension', 'report_done'])).toEqual({ accept: 'a', ask_extension: 'e', report_done: 'r' })
  expect(lettersOf(['ask_extension', 'report_done'])).toEqual({ ask_extension: 'e', report_done: 'r' })
})

it('gives a letter once, and none to what the office gives none', () => {
  signIn([], { letters: LETTERS })
  expect(lettersOf(['other', 'accept', 'unknown'])).toEqual({ other: 'a' })
})
