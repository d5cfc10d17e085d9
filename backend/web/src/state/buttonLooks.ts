// How the buttons of a case look: one is the main one, red is what cannot be taken back.
import type { ActionButton } from '@/api/types'
import { tone, type Tone } from '@/parts/icons'

/** Whether it ends a case in a way that nobody takes back, and that is not what the case was for. */
export const isForGood = (one: ActionButton) => one.final && tone(one.action) === 'danger'

/** What a case waits for: the first that leads it on and is no calm one; else the first that is asked for beside. */
export function mainOf(buttons: ActionButton[]): ActionButton | undefined {
  const leads = (one: ActionButton) => !one.aside && tone(one.action) !== 'calm' && !isForGood(one)
  return buttons.find(leads) ?? buttons.find((one) => tone(one.action) === 'primary')
}

/** How a button looks among the others of its case. */
export function lookOf(one: ActionButton, buttons: ActionButton[]): Tone {
  if (isForGood(one)) return 'danger'
  return one === mainOf(buttons) ? 'primary' : 'calm'
}
