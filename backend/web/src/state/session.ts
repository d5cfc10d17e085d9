// Who is signed in, and what the office told us once about the city.
import { computed, ref, shallowRef } from 'vue'
import { credentials, onSignedOut, Trouble } from '@/api/http'
import { office } from '@/api/office'
import type { MatterChoice, Me, CityMeta } from '@/api/types'
import { either, setLanguage } from '@/words'
import { dropDrafts } from './drafts'
import { told } from './tell'

export const me = shallowRef<Me | null>(null)
export const meta = shallowRef<CityMeta | null>(null)

export const matters = computed(() => {
  const byCode = new Map<string, MatterChoice>()
  for (const matter of meta.value?.matters ?? []) byCode.set(matter.code, matter)
  return byCode
})

/** The organisations that a field of a kind names: departments, or those that direct. */
export const orgsOf = (kind: string) => (kind === 'centre' ? meta.value?.centres : meta.value?.departments) ?? []

/** `former` is what one is called that the city has no more. */
export function departmentName(id: string | null, former: string | null = null): string {
  const found = [...orgsOf(''), ...orgsOf('centre')].find((one) => one.id === id)
  return found ? either(found.name, found.name_en) : (former ?? id ?? '')
}

/** A routing rule in the chosen language; a rule that is no more keeps the name it had. */
export function ruleName(name: string | null): string {
  return either(name, meta.value?.rules[name ?? ''])
}

/** The post that who is signed in works in, by its name. */
export const ownPost = computed(() => {
  const found = me.value?.posts.find((one) => one.id === me.value?.post)
  return found ? either(found.name, found.name_en) : ''
})

/** Somebody who holds several posts works in one of them at a time. */
export const severalPosts = computed(() => (me.value?.posts.length ?? 0) > 1)

export const zone = computed(() => meta.value?.city.zone ?? 'Asia/Shanghai')

async function enter(found: Me): Promise<void> {
  credentials.csrf = found.csrf
  setLanguage(found.language)
  meta.value = await office.meta()
  me.value = found
  sessionStorage.setItem(WAS, '1')
}

function forget(): void {
  nobody = true
  me.value = null
  meta.value = null
  credentials.csrf = ''
}

// Of this window, so that a reload after the session's end still knows that there was one.
const WAS = 'hotline.signed_in'

/** Whether a session ended by itself, so that signing in again says why it is asked for. */
export const ended = ref(false)

onSignedOut(() => {
  ended.value ||= me.value !== null || sessionStorage.getItem(WAS) !== null
  told.value = []
  forget()
})

let nobody = false

/** Takes up the session of the cookie, if there is one; asks once. Gives whether there is. */
export async function resume(): Promise<boolean> {
  if (me.value || nobody) return me.value !== null
  try {
    await enter(await office.me())
    return true
  } catch (trouble) {
    nobody = trouble instanceof Trouble && trouble.status === 401
    if (nobody) return false
    throw trouble
  }
}

/** The language chosen on the page for signing in: it goes into the account; an older choice does not. */
let chosenBefore: string | null = null

export async function signIn(username: string, password: string, code = ''): Promise<void> {
  const found = await office.login(username, password, code)
  ended.value = false
  const chosen = chosenBefore
  chosenBefore = null
  await enter(found)
  if (chosen !== null && chosen !== found.language) await speak(chosen)
}

/**
 * Ends the session, and forgets what this person has not sent. An office that cannot be asked has
 * ended nothing: then everything stays as it is, and the trouble is thrown.
 */
export async function signOut(): Promise<void> {
  const person = me.value?.person ?? ''
  try {
    await office.logout()
  } catch (trouble) {
    if (!(trouble instanceof Trouble && trouble.status === 401)) throw trouble
  }
  dropDrafts(person)
  ended.value = false
  told.value = []
  sessionStorage.removeItem(WAS)
  forget()
}

/** Changes the language here and, when signed in, for this person everywhere. */
export async function speak(chosen: string): Promise<void> {
  setLanguage(chosen)
  if (me.value) me.value = await office.speak(chosen)
  else chosenBefore = chosen
}

/** Works in another of one's posts, here and wherever else one is signed in. */
export async function workAs(post: string): Promise<void> {
  const found = await office.workAs(post)
  meta.value = await office.meta()
  me.value = found
}

/** Asks anew who one is by now and what one sees; gives where the feed stands. */
export async function refreshMeta(): Promise<number> {
  const found = await office.me()
  meta.value = await office.meta()
  if (me.value) me.value = found
  return meta.value.feed
}
