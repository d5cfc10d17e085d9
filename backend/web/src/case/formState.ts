// What a form holds: the case's values to begin with, and only what was changed on the way out.
import { computed } from 'vue'
import type { ActionButton, CaseDetail, OpenedCase, Point } from '@/api/types'
import { useDraft } from '@/state/drafts'
import { matters } from '@/state/session'

export interface FormValues {
  text: string
  text_confirmed: boolean
  place_text: string
  point: Point | null
  cell: string | null
  matter: string | null
  condition: string | null
  urgency: string | null
  in_scope: boolean | null
  collector: string | null
  department: string | null
}

/** A photo that is up; `look` is a small picture of it as a data URL, empty where there is none. */
export interface Shot {
  sha: string
  name: string
  look: string
}

export interface FormDraft {
  note: string
  changed: Partial<FormValues>
  photos: Shot[]
}

const EMPTY: FormDraft = { note: '', changed: {}, photos: [] }
/** What is sent even when it was emptied: the office says whether it may be. */
const WORDS = ['text', 'place_text']
/** A position goes with its words. */
const PLACE = 'place_text'
const PIN = ['point', 'cell'] as const

type Field = keyof FormValues
type Values = Record<string, unknown>

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
    text: shown.text,
    text_confirmed: shown.text_confirmed,
    place_text: shown.place_text,
    point: shown.point,
    cell: shown.cell,
    matter,
    condition: conditionFor(shown, matter),
    urgency: shown.urgency,
    in_scope: shown.in_scope,
    collector: shown.suggested_collector ?? shown.collector,
    department: shown.suggested_department?.id ?? shown.department,
  }
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
const filled = (value: unknown) => value !== null && value !== undefined && value !== ''

export function useForm(detail: () => OpenedCase, button: ActionButton) {
  const asked = new Set([...button.needs, ...button.takes])
  const asks = (field: string) => asked.has(field)
  const base = computed(() => beginning(detail().case, asks))
  const { draft, drop } = useDraft<FormDraft>(`${detail().case.number}.${button.action}`, EMPTY)

  /** The case as it stands now, under what was changed here. */
  const values = new Proxy({} as FormValues, {
    get: (_, name) => {
      const changed = draft.changed as Values
      return typeof name === 'string' && name in changed
        ? changed[name]
        : base.value[name as Field]
    },
    set: (_, name, value: unknown) => {
      const changed = draft.changed as Values
      if (same(value, base.value[name as Field])) delete changed[String(name)]
      else changed[String(name)] = value
      return true
    },
  })

  /** The inputs to send: all that is needed, and of the rest what differs from the case. */
  function given(): Values {
    const shown = detail().case as unknown as Values
    const sent: Values = {}
    for (const name of Object.keys(base.value).filter(asks) as Field[]) {
      const value = values[name]
      const differs = !same(value, shown[name])
      if (!filled(value) && !(WORDS.includes(name) && differs)) continue
      if (differs || button.needs.includes(name)) sent[name] = value
    }
    // New words without a position say that the old one holds no more, so one that is kept is told.
    if (PLACE in sent) {
      for (const name of PIN) if (asks(name) && filled(values[name])) sent[name] = values[name]
    }
    return sent
  }

  /** The first needed input that is still missing. */
  function missing(): string | null {
    const there = (need: string) => {
      if (need === 'note') return draft.note.trim() !== ''
      if (need === 'photo') return draft.photos.length > 0
      return !(need in base.value) || filled(values[need as Field])
    }
    return button.needs.find((need) => !there(need)) ?? null
  }

  const begun = computed(() => !same(draft, EMPTY))

  return { values, draft, drop, asks, given, missing, begun }
}
