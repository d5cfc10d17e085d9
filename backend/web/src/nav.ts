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
const intake: Place[] = [
  { name: 'calls', word: 'nav.calls', icon: 'phone' },
  { name: 'report', word: 'nav.report', icon: 'pen' },
]
const failed: Place = { name: 'notices', word: 'nav.notices', icon: 'bell' }
const people: Place = { name: 'people', word: 'nav.people', icon: 'people' }

const byPost: Record<string, Place[]> = {
  acceptor: intake,
  seat: intake,
  duty_chief: [...intake, failed],
  command_chief: [failed],
  administrator: [intake[0] as Place, failed, people],
}

export const places = computed<Place[]>(() => [...everybody, ...(byPost[me.value?.post ?? ''] ?? [])])
