// Who sent a case back, and why: read from its steps, whatever the workflow's actions are called.
import type { Entry } from '@/api/types'

function changed(entry: Entry, field: string): unknown {
  const value = entry.changes?.[field]
  return Array.isArray(value) ? (value[0] as unknown) : value
}

/** The step that brought the case back to where it has been before and still lies, or undefined. */
export function returnedBy(timeline: Entry[]): Entry | undefined {
  const moves = timeline.filter((one) => one.kind === 'step' && changed(one, 'stage') !== undefined)
  const last = moves.pop()
  const before = moves.map((one) => changed(one, 'stage'))
  return last && before.includes(changed(last, 'stage')) ? last : undefined
}

/** The departments that the case was with and that gave it back undone. */
export function refusers(timeline: Entry[]): string[] {
  const found: string[] = []
  let holder = ''
  for (const entry of timeline) {
    const department = changed(entry, 'department')
    if (holder && changed(entry, 'return_count') !== undefined) found.push(holder)
    if (typeof department === 'string') holder = department
  }
  return found
}
