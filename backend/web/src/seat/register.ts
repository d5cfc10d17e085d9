// A call becomes a report and, where the city's workflow lets it, goes on at once.
import { Trouble } from '@/api/http'
import { freshKey } from '@/api/key'
import { office } from '@/api/office'
import type { ActionButton, OpenedCase } from '@/api/types'
import { isFilled } from '@/fields/values'
import { tone } from '@/parts/icons'
import type { Typed } from './callDraft'

const TRIES = 4

/** A move that was made, or what it lacks. */
export interface Led {
  action: string
  lacks: string | null
}

/** What has become of a call: the case, the move that led it on or what that lacks, its class and place. */
export interface Done {
  number: string
  action: string
  lacks: string | null
  matter: string
  place: string
}

/** Registers what was typed; gives the number. */
export async function register(call: string, typed: Typed): Promise<string> {
  const [address, name] = [typed.phone.trim(), typed.name.trim()]
  const contact = address || name ? { channel: 'phone' as const, address, name } : null
  const { number } = await office.report({
    text: typed.text.trim(), place_text: typed.place.trim(), point: typed.point, contact, key: typed.key, call,
  })
  return number
}

/** What was typed, by the fields of the form. */
function known(typed: Typed): Record<string, unknown> {
  const { text, place, point, cell, matter, condition, urgency, in_scope } = typed
  return { text: text.trim(), text_confirmed: true, place_text: place.trim(), point, cell, matter, condition, urgency, in_scope }
}

/** The move that leads a new case on: the first one that the workflow draws as such and that ends nothing. */
export function leadsOn(found: OpenedCase): ActionButton | undefined {
  return found.buttons.find((one) => tone(one.action) === 'primary' && !one.final)
}

/** The first of its needs that was not typed. */
export const lacking = (button: ActionButton, typed: Typed) =>
  button.needs.find((need) => !isFilled(known(typed)[need])) ?? null

/** Leads a case on; gives the move, or what it lacks. What the office adds meanwhile stops nothing. */
export async function goOn(number: string, typed: Typed): Promise<Led> {
  let found = await office.case(number)
  const stage = found.case.stage
  for (let turn = 1; ; turn++) {
    const button = leadsOn(found)
    if (!button || found.case.stage !== stage) return { action: '', lacks: null }
    const lacks = lacking(button, typed)
    if (lacks) return { action: button.action, lacks }
    try {
      await office.act(number, { action: button.action, version: found.case.version, key: freshKey(), note: '', media: [], given: given(button, typed), fix: null })
      return { action: button.action, lacks: null }
    } catch (trouble) {
      const now = trouble instanceof Trouble ? (trouble.body['now'] as OpenedCase | undefined) : undefined
      if (!now || turn >= TRIES) throw trouble
      found = now
    }
  }
}

function given(button: ActionButton, typed: Typed): Record<string, unknown> {
  const asked = [...button.needs, ...button.takes]
  return Object.fromEntries(Object.entries(known(typed)).filter(([name, value]) => asked.includes(name) && isFilled(value)))
}
