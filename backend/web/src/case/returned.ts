// Which step sent a case back: read from its steps, whatever the workflow's actions are called.
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
