// A call that is tried: its conditions, what the caller does, and what they hear, by the real flow.
import { reactive, ref, shallowRef } from 'vue'
import { Trouble } from '@/api/http'
import { office } from '@/api/office'
import type { NuisanceLevel, PlanShown, TrialAsked, TrialHeard } from '@/api/types'
import { instantOf } from '@/format'
import { wording } from '@/state/tell'

export interface Conditions {
  /** The local time of the call; '' for now. */
  at: string
  language: string
  withheld: boolean
  nuisance: NuisanceLevel | ''
  own_cases: number
  overloaded: boolean
  bulletin: string
  bulletin_en: string
  case: string
  /** By skill: who is signed in, who waits before, and for how many seconds callers have waited of late. */
  seats: Record<string, number>
  before: Record<string, number>
  wait_s: Record<string, number>
  /** room.toml as it is tried; '' for the one that counts. */
  plan: string
}

const usual = (): Conditions => ({
  at: '', language: '', withheld: false, nuisance: '', own_cases: 1, overloaded: false,
  bulletin: '', bulletin_en: '', case: '', seats: {}, before: {}, wait_s: {}, plan: '',
})

export function useTrial() {
  const asked = reactive<Conditions>(usual())
  const counts = shallowRef<PlanShown | null>(null)
  const pressed = ref<string[]>([])
  const heard = shallowRef<TrialHeard | null>(null)
  const trouble = shallowRef<Trouble | null>(null)
  const busy = ref(false)
  let turns = 0

  async function load(): Promise<void> {
    try {
      counts.value = await office.plan()
      for (const { id } of counts.value.plan.skills) {
        asked.seats[id] ??= 1
        asked.before[id] ??= 0
        asked.wait_s[id] ??= 0
      }
      trouble.value = null
    } catch (caught) {
      trouble.value = caught as Trouble
    }
  }

  function sent(): TrialAsked {
    const { plan, at, language, withheld, nuisance, own_cases, overloaded, bulletin, bulletin_en } = asked
    const queues = Object.keys(asked.seats).map((skill) => ({
      skill, seats: asked.seats[skill] ?? 0, before: asked.before[skill] ?? 0, wait_s: asked.wait_s[skill] ?? 0,
    }))
    const words = { text: bulletin.trim(), text_en: bulletin_en.trim(), case: asked.case }
    return {
      plan, at: at ? instantOf(at) : null, language, withheld, nuisance: nuisance || null, own_cases, overloaded, queues,
      bulletin: words.text ? words : null, pressed: pressed.value,
    }
  }

  /** Runs the whole call anew; gives whether it was, and nothing newer was asked for meanwhile. */
  async function run(): Promise<boolean> {
    const turn = ++turns
    busy.value = true
    try {
      const found = await office.tryCall(sent())
      if (turn !== turns) return false
      heard.value = found
      trouble.value = null
      return true
    } catch (caught) {
      if (turn === turns) trouble.value = caught as Trouble
      return false
    } finally {
      if (turn === turns) busy.value = false
    }
  }

  function hangUp(): void {
    turns += 1
    busy.value = false
    pressed.value = []
    heard.value = null
    trouble.value = null
  }

  const begin = () => {
    hangUp()
    return run()
  }
  const press = (what: string) => {
    pressed.value = [...pressed.value, what]
    return run()
  }
  const undo = () => {
    pressed.value = pressed.value.slice(0, -1)
    return run()
  }
  /** What went wrong; of a plan at fault the entry is told, too. */
  const said = () => (trouble.value ? [wording(trouble.value), trouble.value.field].filter(Boolean).join(' · ') : '')
  return { asked, counts, pressed, heard, trouble, busy, load, begin, press, undo, hangUp, said }
}
