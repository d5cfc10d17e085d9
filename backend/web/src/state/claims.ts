// Claims: who is at work on which case, as lists, the feed and the case page tell it.
import { onScopeDispose, shallowReactive, watch, type Ref } from 'vue'
import { Trouble } from '@/api/http'
import { freshKey } from '@/api/key'
import { office } from '@/api/office'
import type { AtWork, CasePage } from '@/api/types'
import { onFeed } from './feed'
import { me } from './session'

/** A case that is only passed by is claimed by nobody. */
const SETTLE_MS = 400
/** Who does nothing on the page for so long is at work elsewhere. */
const IDLE_MS = 10 * 60_000
const RETRY_MS = 15_000

const claims = shallowReactive(new Map<string, AtWork[]>())

function put(number: string, found: AtWork[] | undefined): void {
  if (found?.length) claims.set(number, found)
  else claims.delete(number)
}

/** The others who are at work on a case; one's own claim is none to be warned of. */
export const othersAt = (number: string): AtWork[] =>
  (claims.get(number) ?? []).filter((one) => one.person !== me.value?.person)

/** Of answers on their way: the cases of which the feed has told since they were asked for. */
const underway = new Set<Set<string>>()
const newer = new WeakMap<object, Set<string>>()
/** Stands for all cases, after something was missed. */
const ALL = '*'

/** Asks for what says who is at work: where the feed tells it meanwhile, its word is the newer one, or is followed by that. */
export async function heeding<T extends object>(ask: () => Promise<T>): Promise<T> {
  const told = new Set<string>()
  underway.add(told)
  try {
    const answer = await ask()
    newer.set(answer, told)
    return answer
  } finally {
    underway.delete(told)
  }
}

function putOf(answer: object, number: string, found: AtWork[] | undefined): void {
  const told = newer.get(answer)
  if (!told?.has(number) && !told?.has(ALL)) put(number, found)
}

/** Takes what a page of a list says of its cases. */
export function takeClaims(page: CasePage): void {
  page.items.forEach(({ number }) => putOf(page, number, page.claims[number]))
}

onFeed((message) => {
  // What was missed is said anew by the lists that are read again, and by the page's next word.
  if (message.kind === 'reload') {
    claims.clear()
    underway.forEach((told) => told.add(ALL))
  } else if (message.number && (message.kind === 'claim' || message.kind === 'case')) {
    const { number } = message
    put(number, message.claims ?? [])
    underway.forEach((told) => told.add(number))
  }
})

watch(() => me.value?.person, () => claims.clear())

let actedAt = Date.now()
const acted = () => (actedAt = Date.now())
for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const) {
  window.addEventListener(kind, acted, { passive: true, capture: true })
}

/** Lets others see that one is at work on a case, while `wanted`, the page is seen and one does something. */
export function useClaim(number: string, wanted: Ref<boolean>): void {
  let tab = ''
  let timer = 0
  const attentive = () => wanted.value && !document.hidden && Date.now() - actedAt < IDLE_MS

  function after(ms: number): void {
    window.clearTimeout(timer)
    timer = window.setTimeout(beat, ms)
  }

  async function beat(): Promise<void> {
    window.clearTimeout(timer)
    if (!wanted.value || !me.value) return
    if (!attentive()) {
      after(RETRY_MS)
      return
    }
    tab ||= freshKey()
    const mine = tab
    let again = RETRY_MS
    try {
      const found = await heeding(() => office.claim(number, mine))
      again = found.again_s * 1000
      if (mine === tab) putOf(found, number, found.claims)
    } catch (caught) {
      // Nobody is kept from work by a claim that was not heard; who may not see the case stops.
      if ((caught as Trouble).status === 404) return
    }
    if (mine === tab) after(again)
  }

  function leave(): void {
    window.clearTimeout(timer)
    const mine = tab
    tab = ''
    if (mine && me.value) void office.endClaim(number, mine).catch(() => undefined)
  }

  const seen = () => !document.hidden && wanted.value && void beat()
  const stop = watch(wanted, (now) => (now ? after(SETTLE_MS) : leave()), { immediate: true })
  document.addEventListener('visibilitychange', seen)
  window.addEventListener('pagehide', leave)
  window.addEventListener('pageshow', seen)
  onScopeDispose(() => {
    stop()
    document.removeEventListener('visibilitychange', seen)
    window.removeEventListener('pagehide', leave)
    window.removeEventListener('pageshow', seen)
    leave()
  })
}

