// What a caller heard, row by row: the digits of a number are one.
import { office } from '@/api/office'
import type { TrialSaid } from '@/api/types'
import type { Played } from './playing'

export interface HeardRow {
  text: string
  language: string
  by_queue: boolean
  pressed: string
  sounds: string[]
}

const soundOf = (one: TrialSaid) => (one.prompt && one.sound ? [office.promptSound(one.language, one.prompt)] : [])
const isDigit = (text: string) => [...text].length === 1

export function rowsOf(said: TrialSaid[]): HeardRow[] {
  const rows: HeardRow[] = []
  let before: TrialSaid | null = null
  for (const one of said) {
    const last = rows.at(-1)
    if (last && before && isDigit(one.text) && isDigit(before.text) && !before.pressed) {
      last.text += one.text
      last.pressed = one.pressed
      last.sounds.push(...soundOf(one))
    } else {
      rows.push({ text: one.text, language: one.language, by_queue: one.by_queue, pressed: one.pressed, sounds: soundOf(one) })
    }
    before = one
  }
  return rows
}

/** The sounds of rows, from a row on. */
export const soundsFrom = (rows: HeardRow[], first: number): Played[] =>
  rows.flatMap(({ sounds }, row) => (row < first ? [] : sounds.map((address) => ({ address, row }))))
