// What a form holds: the case's values to begin with, and only what was changed on the way out.
import { computed } from 'vue'
import type { ActionButton, CaseDetail, OpenedCase, ShownField } from '@/api/types'
import { readNumber, wrongWith } from '@/fields/check'
import { HELD, isFilled, isHeld, SEVERAL, valueOf, worded } from '@/fields/values'
import { useDraft } from '@/state/drafts'
import { form } from '@/state/names'
import { matters } from '@/state/session'
import { say } from '@/words'

/** Values by the fields of the form. */
export type FormValues = Record<string, unknown>

/**
 * A picture that is up; `look` is a small picture of it as a data URL, empty where there is none. One that is `placed`
 * says by itself when and where it was taken.
 */
export interface Shot {
  sha: string
  name: string
  look: string
  placed?: boolean
}

export interface FormDraft {
  note: string
  changed: FormValues
  photos: Shot[]
  /** Pictures for fields that hold some, beside those that the case has of them. */
  shots: Record<string, Shot[]>
}

/** Inputs of every step, beside the fields of the form. */
export const NOTE = 'note'
export const PHOTO = 'photo'
const MATTER = 'matter'
const CONDITION = 'condition'
/** What is sent even when it was emptied: the office says whether it may be. */
const WORDS = ['text', 'place_text']
/** A position goes with its words. */
const PLACE = 'place_text'
const PIN = ['point', 'cell']

/** The class that is known or, failing that, the likeliest one. */
function first(shown: CaseDetail): string | null {
  return shown.matter ?? shown.suggestions[0]?.code ?? null
}

/** The condition that stands for a class: the case's own, the suggested, the only or first one. */
export function conditionFor(shown: CaseDetail, matter: string | null): string | null {
  const known = matters.value.get(matter ?? '')?.conditions ?? []
  const fits = (key: string | null | undefined) => known.some((one) => one.key === key)
  if (matter === shown.matter && fits(shown.condition)) return shown.condition
  const suggested = shown.suggested[CONDITION]
  if (matter === first(shown) && fits(suggested)) return suggested ?? null
  return known[0]?.key ?? null
}

const isPictures = (field: ShownField) => field.type === 'photo' || field.type === 'signature'

const isList = (field: ShownField) => [SEVERAL, 'photo', 'cases'].includes(field.type)

/** What is asked for each time begins empty, but where a move that takes it shows what was asked for. */
const beginsEmpty = (field: ShownField, button: ActionButton) =>
  field.once || (field.anew && (button.needs.includes(field.id) || isList(field)))

function beginning(shown: CaseDetail, asked: ShownField[], button: ActionButton): FormValues {
  // What a machine guessed stands only where it is asked for: who puts the words right files no class by it.
  const guesses = button.needs.includes(MATTER) || button.needs.includes(CONDITION)
  const matter = guesses && asked.some((one) => one.id === MATTER) ? first(shown) : shown.matter
  const begin = (field: ShownField): unknown => {
    if (field.id === MATTER) return matter
    if (field.id === CONDITION) return guesses ? conditionFor(shown, matter) : shown.condition
    const nothing = isList(field) ? [] : null
    const value = beginsEmpty(field, button) ? nothing : valueOf(shown, field)
    return (field.role && shown.suggested[field.id]) || (value ?? nothing)
  }
  // A place is shown whole, whatever of it is asked for.
  const held = HELD.map((id) => [id, shown[id]])
  return Object.fromEntries([...held, ...asked.map((field) => [field.id, begin(field)])])
}

/** Whether a move would go by what a machine only guessed, which somebody is to look at first. */
export function isGuess(shown: CaseDetail, button: ActionButton): boolean {
  const guessed: Record<string, boolean> = { [MATTER]: !shown.matter && shown.unsure, cell: shown.place_unsure }
  return button.needs.some((need) => guessed[need])
}

/** The words of what is filled in for a move, where nothing but photos is left to be given; else null. */
export function readyWith(shown: CaseDetail, button: ActionButton): string | null {
  if (isGuess(shown, button) || (button.needs.includes(NOTE) && !button.photo_says)) return null
  const asked = [...form.value.values()].filter((one) => button.needs.includes(one.id) && !one.inner)
  const values = beginning(shown, asked, button)
  if (asked.some((one) => !isFilled(values[one.id]))) return null
  const told = asked.filter((one) => !same(values[one.id], valueOf(shown, one)))
  return told.map((one) => worded(one, values[one.id], first(shown), shown)).join(say('list.comma'))
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

export function useForm(detail: () => OpenedCase, button: ActionButton) {
  const names = new Set([...button.needs, ...button.takes])
  const asks = (field: string) => names.has(field)
  /** The fields that are asked for, in the order of the form; others the office fills in. */
  const asked = [...form.value.values()].filter((one) => asks(one.id) && !one.inner)
  const base = computed(() => beginning(detail().case, asked, button))
  const shots = Object.fromEntries(asked.filter(isPictures).map((one) => [one.id, [] as Shot[]]))
  const empty: FormDraft = { note: '', changed: {}, photos: [], shots }
  const { draft, drop } = useDraft<FormDraft>(`${detail().case.number}.${button.action}`, empty)
  for (const id of Object.keys(shots)) draft.shots[id] ??= []

  /** The case as it stands now, under what was changed here. */
  const values = new Proxy({} as FormValues, {
    get: (_, name) => {
      const id = String(name)
      return id in draft.changed ? draft.changed[id] : base.value[id]
    },
    set: (_, name, value: unknown) => {
      const id = String(name)
      if (same(value, base.value[id])) delete draft.changed[id]
      else draft.changed[id] = value
      return true
    },
  })

  /** A value as it is sent: with the pictures that have come to it, a number as one. */
  function whole(field: ShownField): unknown {
    const value = values[field.id]
    const added = (draft.shots[field.id] ?? []).map((one) => one.sha)
    if (field.type === 'photo') return [...((value ?? []) as string[]), ...added]
    if (field.type === 'signature') return added[0] ?? value
    if (field.type === 'number' && typeof value === 'string') return readNumber(value) ?? value
    return value
  }

  /** The inputs to send: all that is needed, and of the rest what differs from the case. */
  function given(): FormValues {
    const sent: FormValues = {}
    for (const field of asked) {
      const value = whole(field)
      const before = beginsEmpty(field, button) ? null : valueOf(detail().case, field)
      if (!isFilled(value)) {
        if (!isFilled(before)) continue
        if (WORDS.includes(field.id)) sent[field.id] = ''
        else if (!isHeld(field.id)) sent[field.id] = null
      } else if (button.needs.includes(field.id) || !same(value, before)) {
        sent[field.id] = value
      }
    }
    // Another class leaves none of the old one's conditions, though the new one's is called the same.
    if (MATTER in sent && asks(CONDITION) && isFilled(values[CONDITION])) sent[CONDITION] = values[CONDITION]
    // New words without a position say that the old one holds no more, so one that is kept is told.
    if (PLACE in sent) {
      for (const name of PIN) if (asks(name) && isFilled(values[name])) sent[name] = values[name]
    }
    return sent
  }

  /** The files that go along: evidence, and what fields of the form hold. */
  const media = () => [...draft.photos, ...Object.values(draft.shots).flat()].map((one) => one.sha)

  /** The needed inputs that are still missing. */
  /** Whether a photo is there that says enough, so that words may be left out. */
  const photoSays = () => button.photo_says && draft.photos.length > 0

  function lacking(): string[] {
    const there = (need: string) => {
      if (need === NOTE) return draft.note.trim() !== '' || photoSays()
      if (need === PHOTO) return draft.photos.length > 0
      const field = asked.find((one) => one.id === need)
      return !field || isFilled(whole(field))
    }
    return button.needs.filter((need) => !there(need))
  }

  /** The first needed input that is still missing. */
  const missing = () => lacking()[0] ?? null

  /** The first field whose value cannot be, with words for why. */
  function wrong(): { field: string; text: string } | null {
    for (const field of asked) {
      // What the case has already may stay: it can have come by another way.
      if (isHeld(field.id) || !(field.id in draft.changed || field.ahead)) continue
      const text = wrongWith(field, whole(field))
      if (text) return { field: field.id, text }
    }
    return null
  }

  const begun = computed(() => !same(draft, empty))

  return { values, draft, drop, asks, asked, given, media, lacking, missing, wrong, begun, photoSays }
}
