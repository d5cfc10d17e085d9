import { expect, it } from 'vitest'
import { SEAT_KEYS, seatKey } from '@/state/seatKeys'

const pressed = (key: string, more: KeyboardEventInit = {}) => seatKey(new KeyboardEvent('keydown', { key, ...more }))

it('knows a key by its name, and with Alt by its letter', () => {
  expect(pressed('F2')).toBe('answer')
  expect(pressed('c', { altKey: true, code: 'KeyC' })).toBe('consult')
  expect(pressed('C', { altKey: true, code: 'KeyC' })).toBe('consult')
})

it('knows it by its place where Alt types another sign', () => {
  expect(pressed('ç', { altKey: true, code: 'KeyC' })).toBe('consult')
  expect(pressed('Dead', { altKey: true, code: 'KeyK' })).toBe('keypad')
})

it('leaves letters, other combinations and an input method that composes alone', () => {
  expect(pressed('c')).toBe(null)
  expect(pressed('c', { altKey: true, ctrlKey: true, code: 'KeyC' })).toBe(null)
  expect(pressed('F4', { altKey: true, code: 'F4' })).toBe(null)
  expect(pressed('c', { altKey: true, code: 'KeyC', isComposing: true })).toBe(null)
  expect(pressed('F2', { keyCode: 229 })).toBe(null)
})

it('gives no key twice', () => {
  const keys = Object.values(SEAT_KEYS)
  expect(new Set(keys).size).toBe(keys.length)
})
