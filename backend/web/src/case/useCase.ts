// One case on the screen: loaded, kept up with the feed, moved by its buttons.
import { onBeforeUnmount, ref, shallowRef } from 'vue'
import { Trouble } from '@/api/http'
import { freshKey } from '@/api/key'
import { office } from '@/api/office'
import type { Fix, OpenedCase, TimelineEntry } from '@/api/types'
import { onFeed, useReturn } from '@/state/feed'
import { take } from '@/state/inbox'
import { told } from '@/state/move'
import { actionName, fieldName, isMove, postName } from '@/state/names'
import { alert, wording } from '@/state/tell'
import { say } from '@/words'

export interface Sending {
  note: string
  media: string[]
  given: Record<string, unknown>
  /** Where who makes the move stands, for photos that do not say where they were taken. */
  fix: Fix | null
}

const REREAD_MS = 250
/** How many times as much of a long timeline is shown, each time that more of it is wanted. */
const MORE = 3

export function useCase(number: string) {
  const detail = shallowRef<OpenedCase | null>(null)
  const trouble = shallowRef<Trouble | null>(null)
  /** What stops the last action; the form stays as it was. */
  const refusal = shallowRef<{ text: string; field: string | null } | null>(null)
  /** Says who moved the case while somebody was working on it. */
  const moved = ref('')
  /** The case has left what this post may see; what is on the screen stays to be read. */
  const gone = ref(false)
  const busy = ref(false)
  let key = freshKey()
  let timer = 0
  /** How many of the newest entries are wanted, once more than at first are. */
  let newest: number | undefined

  async function load(): Promise<void> {
    try {
      show(await office.case(number, newest))
      trouble.value = null
    } catch (caught) {
      trouble.value = caught as Trouble
    }
  }

  /** Shows more of a long timeline. */
  async function earlier(): Promise<void> {
    newest = (detail.value?.timeline.length ?? 0) * MORE
    await load()
  }

  function show(found: OpenedCase): void {
    if (detail.value && found.case.version < detail.value.case.version) return
    detail.value = found
    take(found.case, number)
  }

  /** Makes a move; gives whether it was made. What was typed is kept when it was not. */
  async function act(action: string, sending: Sending): Promise<boolean> {
    const shown = detail.value
    if (!shown || busy.value) return false
    busy.value = true
    refusal.value = null
    try {
      const version = shown.case.version
      show(await office.act(number, { action, version, key, ...sending }))
      if (newest) await load()
      key = freshKey()
      moved.value = ''
      told(action, detail.value ?? shown, (undo) => void takeBack(undo))
      return true
    } catch (caught) {
      await refused(caught as Trouble)
      return false
    } finally {
      busy.value = false
    }
  }

  async function takeBack(undo: string): Promise<void> {
    if (!(await act(undo, { note: '', media: [], given: {}, fix: null }))) {
      alert(moved.value || (refusal.value?.text ?? say('trouble.unknown')))
    }
  }

  async function refused(caught: Trouble): Promise<void> {
    if (caught.status !== 409) {
      const text =
        caught.code === 'input_missing'
          ? say('form.lacks', { field: fieldName(caught.field) })
          : wording(caught)
      refusal.value = { text, field: caught.field }
      return
    }
    key = freshKey()
    const found = caught.body['now'] as OpenedCase | undefined
    if (found) show(found)
    if (!found || newest) await load()
    moved.value = caught.message || lastStep()
  }

  function newestStep(): TimelineEntry | undefined {
    return (detail.value?.timeline ?? []).filter((entry) => entry.kind === 'step').at(-1)
  }

  function lastStep(): string {
    const last = newestStep()
    if (!last) return say('case.moved')
    return say('case.moved_by', {
      name: last.person_name || postName(last.post),
      action: actionName(last.action),
    })
  }

  const stop = onFeed((message) => {
    if (message.kind === 'claim') return
    // Its recording comes with the call, while the case is the same.
    const ofCall = message.kind === 'call' && detail.value?.timeline.some((entry) => entry.call?.key === message.call)
    if (message.kind !== 'reload' && message.number !== number && !ofCall) return
    const row = message.row
    if (message.kind === 'case') gone.value = row === null
    if (gone.value) return
    if (row && row.version <= (detail.value?.case.version ?? 0) && message.kind === 'case') {
      if (row.light === detail.value?.case.light) return
    }
    window.clearTimeout(timer)
    timer = window.setTimeout(async () => {
      const before = detail.value?.case.version
      await load()
      if (!busy.value && before !== undefined && before !== detail.value?.case.version) {
        // What the office adds, such as a transcript, is seen on the timeline and stops nobody.
        if (isMove(newestStep()?.action)) moved.value = lastStep()
      }
    }, REREAD_MS)
  })

  onBeforeUnmount(() => {
    stop()
    window.clearTimeout(timer)
  })

  useReturn(() => trouble.value, load)
  void load()
  return { detail, trouble, refusal, moved, gone, busy, load, earlier, act }
}

export type CaseOnScreen = ReturnType<typeof useCase>
