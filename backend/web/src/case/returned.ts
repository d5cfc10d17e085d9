// Why a case came back: read from its steps, whatever the workflow's actions are called.
import type { Entry } from '@/api/types'

function changed(entry: Entry, field: string): unknown {
  const value = entry.changes?.[field]
  return Array.isArray(value) ? (value[0] as unknown) : value
}

/**
 * The last words that came with a move of a case that goes its way once more, or undefined. They
 * hold for everybody on that way, until the case gets where it has never been.
 */
export function returnedBy(timeline: Entry[]): Entry | undefined {
  const seen = new Set<unknown>()
  let words: Entry | undefined
  for (const one of timeline) {
    const stage = one.kind === 'step' ? changed(one, 'stage') : undefined
    if (stage === undefined) continue
    if (!seen.has(stage)) words = undefined
    else if (one.note) words = one
    seen.add(stage)
  }
  return words
}
