// What a form holds: the case's values to begin with, and only what was changed on the way out.
import { computed, reactive } from 'vue'
import type { Button, CaseDetail, Detail, Point } from '@/api/types'
import { useDraft } from '@/state/drafts'
import { matters } from '@/state/session'

export interface FormValues {
  matter: string | null
  condition: string | null
  urgency: string | null
  in_scope: boolean | null
  point: Point | null
  cell: string | null
  text_confirmed: boolean
  collector: string | null
  department: string | null
}

/** The class that is known or, failing that, the likeliest one. */
function first(shown: CaseDetail): string | null {
  return shown.matter ?? shown.suggestions[0]?.code ?? null
}

/** The condition that stands for a class: the case's own, the suggested, the only or first one. */
export function conditionFor(shown: CaseDetail, matter: string | null): string | null {
  const known = matters.value.get(matter ?? '')?.conditions ?? []
  const fits = (key: string | null) => known.some((one) => one.key === key)
  if (matter === shown.matter && fits(shown.condition)) return shown.condition
  if (matter === first(shown) && fits(shown.suggested_condition)) return shown.suggested_condition
  return known[0]?.key ?? null
}

function beginning(shown: CaseDetail, asks: (field: string) => boolean): FormValues {
  const matter = asks('matter') ? first(shown) : shown.matter
  return {
    matter,
    condition: conditionFor(shown, matter),
    urgency: shown.urgency,
    in_scope: shown.in_scope,
    point: shown.point,
    cell: shown.cell,
    text_confirmed: shown.text_confirmed,
    collector: shown.suggested_collector ?? shown.collector,
    department: shown.suggested_department?.id ?? shown.department,
  }
}

export function useForm(detail: () => Detail, button: Button) {
  const begun = detail().case
  const asked = new Set([...button.needs, ...button.takes])
  const asks = (field: string) => asked.has(field)
  const values = reactive<FormValues>(beginning(begun, asks))
  const { draft, drop } = useDraft(begun.number, button.action)

  const text = computed({
    get: () => draft.text ?? detail().case.text,
    set: (typed: string) => (draft.text = typed === detail().case.text ? null : typed),
  })
  const place = computed({
    get: () => draft.place_text ?? detail().case.place_text,
    set: (typed: string) => (draft.place_text = typed === detail().case.place_text ? null : typed),
  })

  /** The inputs to send: all that is needed, and of the rest what differs from the case. */
  function given(): Record<string, unknown> {
    const shown = detail().case
    const all: Record<string, unknown> = { ...values, text: text.value, place_text: place.value }
    const sent: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(all)) {
      if (!asks(name)) continue
      const same = JSON.stringify(value) === JSON.stringify(shown[name as keyof CaseDetail])
      if (value !== null && value !== '' && (!same || button.needs.includes(name))) {
        sent[name] = value
      }
    }
    if (sent['point'] === undefined && sent['cell'] === shown.cell && !button.needs.includes('cell')) {
      delete sent['cell']
    }
    // New words without a position say that the old one holds no more, so one that is kept is told.
    if ('place_text' in sent) {
      for (const name of ['point', 'cell'] as const) {
        if (asks(name) && values[name] !== null) sent[name] = values[name]
      }
    }
    return sent
  }

  /** The first needed input that is still missing. */
  function missing(photos: number): string | null {
    const all: Record<string, unknown> = { ...values, text: text.value, place_text: place.value }
    for (const need of button.needs) {
      if (need === 'note' && !draft.note.trim()) return 'note'
      if (need === 'photo' && photos === 0) return 'photo'
      if (need in all && (all[need] === null || all[need] === '')) return need
    }
    return null
  }

  return { values, draft, drop, asks, text, place, given, missing }
}
