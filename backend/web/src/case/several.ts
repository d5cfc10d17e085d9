// One move for several cases: which may be made so, and the case of nothing that its form begins with.
import type { ActionButton, OpenedCase } from '@/api/types'
import { form } from '@/state/names'
import { PHOTO } from './formState'

/** What asks for photos, or names another case, is made on one case at a time. */
export const goesForSeveral = (one: ActionButton): boolean =>
  !one.needs.includes(PHOTO) && one.proof === 'none' && one.stages.length === 0

/** A case without what any one of them has, so that nothing of the first is given to all. */
export function blankFor(found: OpenedCase, called: string): OpenedCase {
  const words = { text: '', place_text: '', text_confirmed: false }
  const none = { matter: null, matter_name: null, matter_name_en: null, condition: null, urgency: null, cell: null, point: null, outside: null }
  const data = { fields: {}, assignments: {}, suggested: {}, suggestions: [], suggested_department: null, returns: [], limits: {}, closing: null }
  return { ...found, timeline: [], case: { ...found.case, ...words, ...none, ...data, number: called, department: null, has_recording: false } }
}

/** Whether the office itself fills in all that a move needs, for each case its own. */
export const goesAsSuggested = (one: ActionButton): boolean =>
  one.needs.length > 0 && one.needs.every((id) => form.value.get(id)?.suggest)
