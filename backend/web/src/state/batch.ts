// One move on all picked cases: how far it is, who failed and why, and the way to stop it.
import { reactive } from 'vue'
import { actSeveral } from '@/api/batching'
import { Trouble } from '@/api/http'
import { freshKey } from '@/api/key'
import type { BatchLine } from '@/api/types'
import { endOffers, wording } from './tell'
import { drop, lookAgain, picks } from './picks'

export const batch = reactive({ busy: false, all: 0, done: 0, made: 0, failed: [] as BatchLine[], wrong: '' })

let stop = new AbortController()
/** What is sent again before its answer came has the keys that it had: nothing is done twice. */
let keys = { of: '', known: new Map<string, string>() }

function keyOf(sent: string, number: string): string {
  if (keys.of !== sent) keys = { of: sent, known: new Map() }
  const key = keys.known.get(number) ?? freshKey()
  keys.known.set(number, key)
  return key
}

/** Makes a move on the picked cases, or those `among` them that it fits; gives whether it was made on all of these. What was not stays picked. */
export async function actOnPicks(action: string, note: string, given: Record<string, unknown>, among?: string[]): Promise<boolean> {
  const wanted = [...picks].filter(([number]) => among?.includes(number) ?? true)
  if (batch.busy || !wanted.length) return false
  const sent = JSON.stringify([action, note, given])
  const items = wanted.map(([number, version]) => ({ number, version, key: keyOf(sent, number) }))
  Object.assign(batch, { busy: true, all: items.length, done: 0, made: 0, failed: [], wrong: '' })
  stop = new AbortController()
  try {
    await actSeveral({ action, note, given, items }, take, stop.signal)
  } catch (caught) {
    if (!stop.signal.aborted) batch.wrong = wording(caught instanceof Trouble ? caught : new Trouble(0, 'offline', ''))
  } finally {
    batch.busy = false
  }
  if (batch.made) endOffers()
  batch.failed.forEach((line) => lookAgain(line.number))
  return wanted.every(([number]) => !picks.has(number))
}

function take(line: BatchLine): void {
  batch.done++
  // The same once more would be another move.
  keys.known.delete(line.number)
  if (line.made) {
    batch.made++
    drop(line.number)
  } else batch.failed.push(line)
}

export const stopBatch = (): void => stop.abort()
