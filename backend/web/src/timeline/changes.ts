// What a step changed, in words: the fields of the form, who got a part, what was counted.
import type { TimelineEntry } from '@/api/types'
import { worded } from '@/fields/values'
import { when } from '@/format'
import { counted, form, roles } from '@/state/names'
import { named } from '@/words'

export interface Change {
  field: string
  value: string
}

const LIGHT = 'light'
/** Between a role and whose it is, where several have it. */
const OF = ':'

/** The role of somebody's part in a case, of which there may be several. */
export const roleOf = (field: string) => field.split(OF)[0] ?? field
const DUE = 'due'
/** What goes along with something else that is told. */
const ALONG = ['text_confirmed', 'point']

/** A change is sent as its new value in a list of one; the sentence tells of some already. */
function changesBy(entry: TimelineEntry): Map<string, unknown> {
  const all = Object.entries(entry.changes ?? {}).map(([name, [value]]) => [name, value] as const)
  return new Map(all.filter(([name]) => !entry.said.includes(name)))
}

/** `matter` is the class of the case: what a condition belongs to where the step itself names none. */
export function changesOf(entry: TimelineEntry, matter: string | null): Change[] {
  const changes = changesBy(entry)
  if (entry.action === LIGHT && changes.has(LIGHT)) {
    return [{ field: LIGHT, value: named('light', String(changes.get(LIGHT) ?? '')) }]
  }
  const own = entry.changes?.['matter']?.[0]
  const known = typeof own === 'string' ? own : matter
  // What was reported stands in the call or chat beside it.
  const told = [...form.value.values()].filter((one) => one.id !== 'text' || entry.action !== 'report')
  const ofForm = told.flatMap((field) => {
    if (ALONG.includes(field.id) || roles.value.has(field.id)) return []
    return [{ field: field.id, value: worded(field, changes.get(field.id), known) }]
  })
  // Who got a part comes by name already.
  const several = [...changes.keys()].filter((field) => field.includes(OF) && roles.value.has(roleOf(field)))
  const others = [...roles.value.keys(), ...several, ...counted.value.keys()].map((field) => ({
    field,
    value: String(changes.get(field) ?? ''),
  }))
  const due = { field: DUE, value: when(changes.get(DUE) as string | undefined) }
  return [...ofForm, ...others, due].filter((one) => one.value !== '')
}
