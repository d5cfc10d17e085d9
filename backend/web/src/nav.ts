// The pages a post may go to; the office has the last word on each.
import { computed } from 'vue'
import type { IconName } from './parts/Icon.vue'
import { me } from './state/session'
import type { Key } from './words'

export interface Place {
  name: string
  word: Key
  icon: IconName
}

const everybody: Place[] = [
  { name: 'inbox', word: 'nav.inbox', icon: 'inbox' },
  { name: 'map', word: 'nav.map', icon: 'map' },
]
const calls: Place = { name: 'calls', word: 'nav.calls', icon: 'phone' }
const report: Place = { name: 'report', word: 'nav.report', icon: 'pen' }
const failed: Place = { name: 'notices', word: 'nav.notices', icon: 'bell' }
const health: Place = { name: 'health', word: 'nav.health', icon: 'tool' }
const people: Place = { name: 'people', word: 'nav.people', icon: 'people' }

const audit: Place = { name: 'audit', word: 'nav.audit', icon: 'lock' }

const byPost: Record<string, Place[]> = {
  acceptor: [...everybody, calls, report, failed],
  duty_chief: [...everybody, calls, report, failed, health, audit],
  dispatcher: [...everybody, failed],
  command_chief: [...everybody, failed],
  leader: [...everybody, calls, failed],
  department: everybody,
  collector: everybody,
  administrator: [people, health, audit],
}

export const places = computed<Place[]>(() => byPost[me.value?.post ?? ''] ?? [])

export const home = computed(() => places.value[0]?.name ?? 'account')

export const maySee = (page: string) => places.value.some((place) => place.name === page)

/** Who speaks with citizens may see how to reach them. */
export const mayUnmask = computed(() => ['acceptor', 'duty_chief'].includes(me.value?.post ?? ''))

export const mayRetry = computed(() => me.value?.post !== 'leader')
