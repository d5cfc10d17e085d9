// Short words to the person: a status that is read out, and errors that say what to do.
import { ref } from 'vue'
import { Trouble } from '@/api/http'
import { officeNow } from '@/api/officeTime'
import { say } from '@/words'

export interface Told {
  id: number
  kind: 'status' | 'alert'
  text: string
  /** What may be done about it while it is shown. */
  offer: Offer | null
  /** When it goes, by the office's clock. */
  ends: number
}

export interface Offer {
  label: string
  take: () => void
}

const STAYS_MS = 6_000
/** What was done by mistake is seen within a minute. */
const OFFER_STAYS_MS = 60_000

export const told = ref<Told[]>([])
let count = 0

function add(kind: Told['kind'], text: string, offer: Offer | null = null): void {
  const id = ++count
  // Said again, the same words stand once and stay as long as if they were new.
  const others = told.value.filter((one) => one.text !== text || one.offer)
  const stays = offer ? OFFER_STAYS_MS : kind === 'alert' ? STAYS_MS * 2 : STAYS_MS
  told.value = [...others.slice(-2), { id, kind, text, offer, ends: officeNow() + stays }]
  window.setTimeout(() => dismiss(id), stays)
}

export const dismiss = (id: number) => {
  told.value = told.value.filter((one) => one.id !== id)
}
export const status = (text: string, offer: Offer | null = null) => add('status', text, offer)
export const alert = (text: string) => {
  if (text) add('alert', text)
}

/** What was done since has made them old: a letter that takes back would mean another move than the last. */
export function endOffers(): void {
  told.value = told.value.filter((one) => !one.offer)
}

/** The sentence for something that went wrong: the office's own, or what can be done. */
export function wording(trouble: unknown): string {
  if (!(trouble instanceof Trouble)) return say('trouble.unknown')
  // That a session has ended is said where one signs in.
  if (trouble.code === 'unauthorised') return ''
  if (trouble.status === 0) return say('trouble.offline')
  if (trouble.status === 413) return say('trouble.too_large')
  const wait = trouble.retryAfter
    ? ` ${say('trouble.retry_after', { n: Math.ceil(trouble.retryAfter) })}`
    : ''
  return (trouble.message || say('trouble.unknown')) + wait
}
