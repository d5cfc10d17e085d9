import { beforeEach, expect, it } from 'vitest'
import type { ActionButton } from '@/api/types'
import { lookOf } from '@/state/buttonLooks'
import { action, signIn } from './office'

const TONES = { accept: 'primary', done: 'primary', safe: 'primary', rework: 'danger', end: 'primary', void: 'danger', note: 'calm' }

beforeEach(() => signIn([], { actions: Object.entries(TONES).map(([id, tone]) => action(id, { tone })) }))

function button(id: string, changed: Partial<ActionButton> = {}): ActionButton {
  return { action: id, needs: [], takes: [], evidence: 'photo', proof: 'none', direct: false, aside: false, final: false, stages: [], photo_says: false, ...changed }
}

const looks = (buttons: ActionButton[]) => buttons.map((one) => lookOf(one, buttons))

it('gives one button the look of the main one', () => {
  const buttons = [button('accept'), button('done'), button('safe', { aside: true }), button('note', { aside: true })]
  expect(looks(buttons)).toEqual(['primary', 'calm', 'calm', 'calm'])
  expect(looks(buttons.slice(1))).toEqual(['primary', 'calm', 'calm'])
})

it('takes what stands first for what the case waits for, where that is a way back too', () => {
  expect(looks([button('rework'), button('end', { final: true })])).toEqual(['primary', 'calm'])
})

it('is red only for what cannot be taken back', () => {
  expect(looks([button('end'), button('rework'), button('void', { aside: true, final: true })])).toEqual(['primary', 'calm', 'danger'])
})

it('gives nothing the look of the main one where a case waits for nobody', () => {
  expect(looks([button('note'), button('note', { aside: true })])).toEqual(['calm', 'calm'])
  expect(looks([button('note'), button('safe', { aside: true })])).toEqual(['calm', 'primary'])
})
