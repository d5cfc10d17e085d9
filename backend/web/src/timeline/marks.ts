// What the marks of a call say beside their names.
import type { ShownMark } from '@/api/types'
import { grouped } from '@/format'
import { named } from '@/words'

/** Whose value is a name of ours, which says nothing to people. */
const IDS = ['bulletin', 'surveyed', 'survey_said']
const NUMBERS = ['number_said', 'case_joined']

/** What a mark says more, in words; a seat that missed a call says why. */
export function markSaid({ mark, value }: Pick<ShownMark, 'mark' | 'value'>): string {
  if (IDS.includes(mark)) return ''
  if (NUMBERS.includes(mark)) return grouped(value)
  if (mark === 'language') return named('language', value)
  if (mark === 'queue_left') return named('queue_left', value)
  if (mark !== 'seat_missed') return value
  const [seat = '', why = ''] = value.split(' ')
  return [seat, named('seat_missed', why)].filter(Boolean).join(' ')
}

/** The number of the known case that the caller joined, '' for none. */
export const joinedCase = (marks: Pick<ShownMark, 'mark' | 'value'>[]) => marks.find((one) => one.mark === 'case_joined')?.value ?? ''
