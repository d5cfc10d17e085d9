// What stands in a column of the table, in words; the office says which columns there are.
import type { ListedCase, ShownColumn } from '@/api/types'
import { exactly, left, when } from '@/format'
import { areasOf } from '@/state/filters'
import { areaName, form, groupName, optionName, stageName } from '@/state/names'
import { dueNext, ownClock, ownLight } from '@/state/own'
import { departmentName, matters } from '@/state/session'
import { either, named, say } from '@/words'

type Told = (row: ListedCase) => string

const people: Told = (row) => {
  const names = Object.values(row.assignments).flatMap((one) => one.person_name ?? one.person ?? [])
  return [...new Set(names)].join(say('list.comma'))
}

/** By the ids of columns; a field of the form has a column with its own id behind a beginning. */
const cells: Record<string, Told> = {
  number: (row) => row.number,
  received_at: (row) => when(row.received_at),
  stage: (row) => stageName(row.stage),
  light: (row) => named('light', ownLight(row)),
  due: (row) => (ownClock(row) ? left(dueNext(row)) : ''),
  urgency: (row) => optionName('urgency', row.urgency),
  matter: (row) => either(row.matter_name, row.matter_name_en),
  group: (row) => groupName(matters.value.get(row.matter ?? '')?.group),
  text: (row) => row.text,
  place: (row) => row.place_text,
  area: (row) => areasOf(row.cell).map(areaName).join(' '),
  department: (row) => departmentName(row.department, row.department_name),
  people,
  channel: (row) => named('channel', row.channel),
}
const FIELD = 'field.'

/** Whether a column can be told of; one of a later release may not. */
export const isTold = (id: string): boolean => id in cells || id.startsWith(FIELD)

export function told(column: ShownColumn, row: ListedCase): string {
  return column.id.startsWith(FIELD) ? ofField(column.id.slice(FIELD.length), row) : (cells[column.id]?.(row) ?? '')
}

function ofField(id: string, row: ListedCase): string {
  const value = row.fields[id]
  if (typeof value === 'string') return form.value.get(id)?.type === 'instant' ? when(value) : optionName(id, value)
  return typeof value === 'number' ? String(value) : ''
}

/** What a cell says to who waits over it: the instant behind a span, a text that is cut. */
export function wholly(column: ShownColumn, row: ListedCase): string | undefined {
  if (column.id === 'due') return exactly(dueNext(row))
  if (column.id === 'received_at') return exactly(row.received_at)
  return column.wide ? told(column, row) : undefined
}
