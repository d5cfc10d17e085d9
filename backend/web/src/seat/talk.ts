// What is said in a call as it is written down, and what the caller's words suggest for its form.
import { onBeforeUnmount, shallowRef } from 'vue'
import { office } from '@/api/office'
import type { FeedFrame, ShownTalk } from '@/api/types'
import { matterWords } from '@/fields/values'
import { percent } from '@/format'
import { onFeed, onReturn } from '@/state/feed'
import { fieldName, optionName } from '@/state/names'
import { callKey } from '@/state/seat'
import { named, say } from '@/words'
import type { Name, Typed } from './callDraft'

export type Of = 'matter' | 'place' | 'urgency' | 'scope'
type Patch = Partial<Typed>

/** A field of the form as the caller's words have it: what it says, why, and what taking it writes. */
export interface Offer {
  of: Of
  field: string
  value: string
  why: string
  patch: Patch
}

/** What is offered for the form; the likeliest class first, and every other one behind it. */
export function offersOf(talk: ShownTalk | null): Offer[] {
  const seen = talk?.suggested
  if (!seen) return []
  const why = (words: string[]) => (words.length ? say('suggest.words', { words: words.join(say('list.comma')) }) : '')
  const found: Offer[] = seen.classes.map((one) => ({
    of: 'matter', field: fieldName('matter'), value: `${matterWords(one.code)} ${percent(one.score)}`, why: why(one.words), patch: { matter: one.code },
  }))
  const { place } = seen
  if (place?.text) {
    const { text, point, cell } = place
    found.push({ of: 'place', field: named('field', 'place'), value: text, why: say(point ? 'talk.on_map' : 'talk.not_on_map'), patch: { place: text, point, cell } })
  }
  found.push({ of: 'urgency', field: fieldName('urgency'), value: optionName('urgency', seen.urgency), why: '', patch: { urgency: seen.urgency } })
  if (!seen.in_scope) found.push({ of: 'scope', field: fieldName('in_scope'), value: say('talk.outside'), why: '', patch: { in_scope: false } })
  return found
}

const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null)

export const isTaken = (offer: Offer, typed: Typed) =>
  (Object.keys(offer.patch) as Name[]).every((name) => same(offer.patch[name], typed[name]))

/** The one that a key takes: the first of its field that does not stand in the form. */
export const byKey = (offers: Offer[], of: Of, typed: Typed) => {
  const [first] = offers.filter((one) => one.of === of)
  return first && !isTaken(first, typed) ? first : undefined
}

/** Takes what is offered into the form; gives what undoes it, as long as nobody typed over it. */
export function takeOffer(offer: Offer, typed: Typed): () => void {
  const put = typed as unknown as Record<Name, unknown>
  const names = Object.keys(offer.patch) as Name[]
  // Another class has other conditions, which follow it by themselves.
  const before = Object.fromEntries([...names, ...(offer.of === 'matter' ? (['condition'] as Name[]) : [])].map((name) => [name, put[name]]))
  Object.assign(typed, offer.patch)
  return () => isTaken(offer, typed) && void Object.assign(typed, before)
}

/** What the caller has said so far. */
export const callerWords = (talk: ShownTalk | null) =>
  (talk?.lines ?? []).filter((one) => one.speaker === 'caller').map((one) => one.text).join(' ').trim()

/** How it stands with writing it down; '' where nobody listens. */
export function standing(talk: ShownTalk | null): '' | 'listens' | 'busy' | 'over' | 'lags' {
  if (!talk?.stands) return ''
  const lags = talk.stands === 'listens' && talk.lines[talk.lines.length - 1]?.lost
  return lags ? 'lags' : talk.stands
}

/** A call's talk, read again whenever something was said; of answers that overtake each other the newest counts. */
export function useTalk(call: string) {
  const talk = shallowRef<ShownTalk | null>(null)
  let turns = 0
  async function load(): Promise<void> {
    const turn = ++turns
    const found = await office.talk(call).catch(() => talk.value)
    if (turn === turns) talk.value = found
  }
  const hear = (frame: FeedFrame) => {
    if (frame.kind === 'reload' || (frame.kind === 'talk' && callKey.value === call)) void load()
  }
  onBeforeUnmount(onFeed(hear))
  onBeforeUnmount(onReturn(() => void load()))
  void load()
  return talk
}
