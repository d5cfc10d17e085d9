// The keys of a seat: one table for what listens, for the buttons and for the page of help.
// They act while somebody types, so none of them is a letter alone; Alt goes past an input method.
import { composing } from './keys'

export const SEAT_KEYS = {
  answer: 'F2',
  end: 'F4',
  hold: 'F8',
  mute: 'F9',
  ready: 'Alt R',
  pause: 'Alt P',
  more: 'Alt W',
  keypad: 'Alt K',
  consult: 'Alt C',
  transfer: 'Alt T',
  join: 'Alt J',
  requeue: 'Alt Q',
  back: 'Alt B',
  escalate: 'Alt S',
  seen: 'Alt A',
  look: 'Alt L',
  answered: 'Alt Y',
  take_matter: 'Alt M',
  take_place: 'Alt O',
  take_urgency: 'Alt U',
  take_scope: 'Alt G',
  undo_take: 'Alt Z',
} as const

export type SeatKey = keyof typeof SEAT_KEYS

const byKey = new Map(Object.entries(SEAT_KEYS).map(([name, key]) => [key as string, name as SeatKey]))

/** The letter of a key; with Alt some systems type another sign, the place of the key says which it is. */
function letterOf(event: KeyboardEvent): string {
  return /^[a-z]$/i.test(event.key) ? event.key : event.code.replace(/^Key/, '')
}

/** What a key does at a seat, if it does anything. */
export function seatKey(event: KeyboardEvent): SeatKey | null {
  if (composing(event) || event.ctrlKey || event.metaKey || event.shiftKey) return null
  return byKey.get(event.altKey ? `Alt ${letterOf(event).toUpperCase()}` : event.key) ?? null
}
