// Alarms of the telephone room: told to its duty chief on every page, until somebody has seen them.
import { computed, ref, shallowRef, watch } from 'vue'
import { Trouble } from '@/api/http'
import { office } from '@/api/office'
import type { ShownAlarm } from '@/api/types'
import { mayLead } from '@/nav'
import { onFeed, onReturn } from './feed'
import { beep, canSound, hush } from './ringing'
import { alert, wording } from './tell'
import { say } from '@/words'

export const alarms = shallowRef<ShownAlarm[] | null>(null)
export const alarmsTrouble = shallowRef<Trouble | null>(null)
/** Of the room's page: bulletins change by the same word of the feed. */
export const roomTurn = ref(0)

const GRAVE = ['emergency', 'overload']
const grave = (one: ShownAlarm) => (GRAVE.indexOf(one.kind) + 1 || GRAVE.length + 1)

/** What nobody has seen yet: who is in danger first, the oldest of these first. */
export const unseen = computed(() =>
  (alarms.value ?? [])
    .filter((one) => !one.seen_at)
    .sort((one, other) => grave(one) - grave(other) || one.at.localeCompare(other.at)),
)
const KEY = /^[0-9*#]$/

/** What an alarm is about, for people: who calls and what they said or pressed, how many wait. */
export function alarmSaid({ kind, said, caller }: ShownAlarm): string {
  if (kind === 'overload') return say('alarm.waiting', { n: Number(said) })
  const words = kind === 'emergency' && KEY.test(said) ? say('alarm.pressed', { key: said }) : said
  return [caller, words].filter(Boolean).join(' · ')
}

/** A browser lets a page sound only once somebody has pressed something in it. */
export const silent = ref(false)

let turns = 0

export async function loadAlarms(): Promise<void> {
  if (!mayLead.value) return
  const turn = ++turns
  try {
    const found = await office.alarms()
    if (turn !== turns) return
    alarms.value = found
    alarmsTrouble.value = null
  } catch (caught) {
    if (turn === turns) alarmsTrouble.value = caught as Trouble
  }
}

export async function see(id: string): Promise<void> {
  try {
    await office.seeAlarm(id)
  } catch (trouble) {
    alert(wording(trouble))
  }
  await loadAlarms()
}

/** Says again that there are alarms, now that it may. */
export function sayAloud(): void {
  beep()
  void canSound().then((can) => (silent.value = !can))
}

watch(mayLead, (may) => {
  alarms.value = null
  if (may) void loadAlarms()
}, { immediate: true })
watch(() => unseen.value.map((one) => one.id), (now, before = []) => {
  if (!now.length) hush()
  else if (now.some((id) => !before.includes(id))) sayAloud()
})
onFeed((frame) => {
  if (frame.kind !== 'room' && frame.kind !== 'reload') return
  roomTurn.value += 1
  void loadAlarms()
})
onReturn(() => void loadAlarms())
