// Which moves there are for what is picked: of every kind of case among it, each move with the cases that it fits.
import { office } from '@/api/office'
import type { ActionButton, OpenedCase } from '@/api/types'
import { goesForSeveral } from '@/case/several'
import { rows } from '@/state/inbox'
import { lies } from '@/state/own'

export interface BatchOffer {
  button: ActionButton
  /** A case that it was found at, for what its form shows. */
  found: OpenedCase
  numbers: string[]
}

/** Kinds of cases that are asked about, the largest first. */
const MOST_KINDS = 12

/** Cases of one stage that wait, or do not, for who is signed in have the same moves, but for what the office then refuses. */
function kinds(numbers: string[]): string[][] {
  const known = new Map(rows.value.map((row) => [row.number, `${row.stage} ${lies(row)}`]))
  const found = new Map<string, string[]>()
  for (const number of numbers) {
    const kind = known.get(number) ?? ''
    found.set(kind, [...(found.get(kind) ?? []), number])
  }
  return [...found.values()].toSorted((a, b) => b.length - a.length).slice(0, MOST_KINDS)
}

/** The moves for several, those that fit most first; throws where not one of the cases could be read. */
export async function offersFor(numbers: string[]): Promise<BatchOffer[]> {
  const alike = kinds(numbers)
  // What has left the list since it was picked goes along with any move: the office says why it no longer fits.
  const listed = new Set(rows.value.map((row) => row.number))
  const left = numbers.filter((number) => !listed.has(number))
  const read = await Promise.allSettled(alike.map(([first = '']) => office.case(first)))
  const offers = new Map<string, BatchOffer>()
  read.forEach((one, at) => {
    if (one.status === 'rejected') return
    for (const button of one.value.buttons.filter(goesForSeveral)) {
      const known = offers.get(button.action) ?? { button, found: one.value, numbers: [] }
      offers.set(button.action, { ...known, numbers: [...known.numbers, ...(alike[at] ?? [])] })
    }
  })
  const failed = read.find((one) => one.status === 'rejected')
  if (failed && read.every((one) => one.status === 'rejected')) throw failed.reason
  const whole = [...offers.values()].map((one) => ({ ...one, numbers: [...new Set([...one.numbers, ...left])] }))
  return whole.toSorted((a, b) => b.numbers.length - a.numbers.length)
}
