// A move that was made: said in a line, with the way to take it back while the office offers one.
import { Trouble } from '@/api/http'
import { freshKey } from '@/api/key'
import { office } from '@/api/office'
import type { OpenedCase, ListedCase } from '@/api/types'
import { grouped } from '@/format'
import { say } from '@/words'
import { take } from './inbox'
import { actionName } from './names'
import { alert, status, wording } from './tell'

/** Says that a move was made; `undo` makes the move that takes it back. */
export function told(action: string, found: OpenedCase, undo: (action: string) => void): void {
  const back = found.undo
  const offer = back ? { label: actionName(back), take: () => undo(back) } : null
  const number = grouped(found.case.number)
  status(say('case.done', { action: actionName(action), number }), offer)
}

const busy = new Set<string>()

/** Makes a move that asks for nothing on a case that is not open, as it stands in the list. */
export async function move(row: Pick<ListedCase, 'number' | 'version'>, action: string): Promise<void> {
  if (busy.has(row.number)) return
  busy.add(row.number)
  try {
    const sending = { action, version: row.version, key: freshKey(), note: '', media: [], given: {}, fix: null }
    const found = await office.act(row.number, sending)
    take(found.case, null)
    told(action, found, (undo) => void move(found.case, undo))
  } catch (caught) {
    const newer = caught instanceof Trouble ? (caught.body['now'] as OpenedCase | undefined) : undefined
    if (newer) take(newer.case, null)
    alert(wording(caught))
  } finally {
    busy.delete(row.number)
  }
}
