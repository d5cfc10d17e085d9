// The pages that somebody may go to by their posts; the office has the last word on each.
import { computed } from 'vue'
import type { IconName } from './parts/Icon.vue'
import { me } from './state/session'
import type { Key } from './words'

export interface Place {
  name: string
  word: Key
  icon: IconName
}

/** Every page, in the order of the rail, with what one has to be allowed for it. */
const all: (Place & { right: string | string[] })[] = [
  { name: 'inbox', word: 'nav.inbox', icon: 'inbox', right: 'case.see' },
  { name: 'map', word: 'nav.map', icon: 'map', right: 'case.see' },
  { name: 'people', word: 'nav.people', icon: 'people', right: ['people.manage', 'people.lead'] },
  { name: 'calls', word: 'nav.calls', icon: 'phone', right: 'call.see' },
  { name: 'room', word: 'nav.room', icon: 'headset', right: 'room.lead' },
  { name: 'report', word: 'nav.report', icon: 'pen', right: 'report.type' },
  { name: 'knowledge', word: 'nav.knowledge', icon: 'book', right: ['case.see', 'call.take'] },
  { name: 'notices', word: 'nav.notices', icon: 'bell', right: 'notice.see' },
  { name: 'health', word: 'nav.health', icon: 'tool', right: 'system.operate' },
  { name: 'audit', word: 'nav.audit', icon: 'lock', right: 'audit.read' },
  { name: 'privacy', word: 'nav.privacy', icon: 'eye', right: 'privacy.erase' },
]

const may = (right: string) => me.value?.permissions.includes(right) ?? false

export const places = computed<Place[]>(() => all.filter(({ right }) => [right].flat().some(may)))

export const home = computed(() => places.value[0]?.name ?? 'account')

export const maySee = (page: string) => places.value.some((place) => place.name === page)

/** Whether one may be on a page: the ones of the rail, one's own, and a call that one takes. */
export const mayStay = (page: string) =>
  ['account', 'login'].includes(page) || (page === 'call' ? mayTakeCalls.value : maySee(page))

/** Who speaks with citizens may see how to reach them. */
export const mayUnmask = computed(() => may('contact.unmask'))

/** Who may read what citizens answer after closing; who handles a case never does. */
export const mayRevisit = computed(() => may('revisit.see'))

/** Who sits at a telephone of the telephone room. */
export const mayTakeCalls = computed(() => may('call.take'))

/** Who leads the telephone room: is told of alarms, and lets callers hear something. */
export const mayLead = computed(() => may('room.lead'))

/** Who listens to a seat's talk, whispers to it, or joins it. */
export const mayListen = computed(() => may('room.listen'))

/** Who agrees, as a second person, to what is held against a caller. */
export const mayRestrict = computed(() => may('call.restrict'))

/** Who manages all people: their chats, too. */
export const mayManagePeople = computed(() => may('people.manage'))

/** Who writes the articles that seats read out. */
export const mayEditArticles = computed(() => may('knowledge.edit'))

/** Who takes lists of cases out of the house as files. */
export const mayExport = computed(() => may('case.export'))

export const mayRetry = computed(() => may('notice.retry'))
