// One's own seat in the telephone room: as the office has it, and its telephone in this page.
import { computed, ref, shallowRef, watch } from 'vue'
import { office } from '@/api/office'
import type { OwnSeat, SeatAct } from '@/api/types'
import type { LineState, LiveCall, Softphone } from '@/seat/softphone'
import { say } from '@/words'
import { onFeed, onReturn } from './feed'
import { ring, silence } from './ringing'
import { me } from './session'
import { alert, wording } from './tell'

/** Of the browser: who holds it has the telephone; the other windows show the seat alone. */
const LOCK = 'hotline.seat'
/** Of this window: it had the telephone, and takes it again after a reload. */
const HERE = 'hotline.seat_here'

export const own = shallowRef<OwnSeat | null>(null)
export const line = ref<LineState | 'off' | 'elsewhere'>('off')
export const live = shallowRef<LiveCall | null>(null)
export const seated = computed(() => me.value?.permissions.includes('call.take') ?? false)
export const seat = computed(() => own.value?.seat ?? null)
/** The key of the call that rings, is talked in, or is written behind; '' for none. */
export const callKey = computed(() => seat.value?.call ?? '')

let telephone: Softphone | null = null
let letGo: (() => void) | null = null

export async function loadSeat(): Promise<void> {
  if (!seated.value) return
  try {
    own.value = await office.seat()
  } catch (trouble) {
    alert(wording(trouble))
  }
}

onFeed((frame) => {
  if (seated.value && (frame.kind === 'seat' || frame.kind === 'reload')) void loadSeat()
})
onReturn(() => void loadSeat())

watch(me, async (now, before) => {
  if (!now && before) {
    hangUp()
    own.value = null
    return
  }
  if (!now || before || !seated.value) return
  await loadSeat()
  if (seat.value && seat.value.state !== 'off' && sessionStorage.getItem(HERE)) await goOnline()
}, { immediate: true })

/** Takes the seat, with the telephone in this window; `steal` takes it from another window. */
export async function goOnline(steal = false): Promise<void> {
  const microphone = await openMicrophone()
  if (!microphone) return
  if (!(await takeLock(steal))) {
    microphone.getTracks().forEach((track) => track.stop())
    line.value = 'elsewhere'
    return
  }
  try {
    const opened = await office.seatOnline()
    const { Softphone: Phone } = await import('@/seat/softphone')
    telephone = new Phone(opened.line, microphone, {
      line: (state) => (line.value = state),
      call: hearCall,
    })
    sessionStorage.setItem(HERE, '1')
    await loadSeat()
  } catch (trouble) {
    microphone.getTracks().forEach((track) => track.stop())
    hangUp()
    alert(wording(trouble))
  }
}

export async function act(what: SeatAct['what'], reason = ''): Promise<void> {
  try {
    own.value = await office.seatAct({ what, reason })
    if (what === 'off' && seat.value?.state === 'off') {
      sessionStorage.removeItem(HERE)
      hangUp()
    }
  } catch (trouble) {
    alert(wording(trouble))
    await loadSeat()
  }
}

export const answer = () => telephone?.answer()
export const endCall = () => telephone?.end()
export const mute = () => telephone?.mute(!live.value?.muted)
export const hold = () => telephone?.hold(!live.value?.held)

function hearCall(call: LiveCall | null): void {
  live.value = call
  if (call?.ringing) ring()
  else silence()
}

function hangUp(): void {
  telephone?.stop()
  telephone = null
  live.value = null
  line.value = 'off'
  silence()
  letGo?.()
  letGo = null
}

/** Asks for the microphone before any call is rung here: who refuses it takes none. */
async function openMicrophone(): Promise<MediaStream | null> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true })
  } catch (error) {
    const known = error instanceof DOMException ? error.name : ''
    alert(say(known === 'NotFoundError' ? 'seat.no_microphone' : 'seat.microphone_refused'))
    return null
  }
}

/** Becomes the one window of this browser that has the telephone; false where another one is. */
function takeLock(steal: boolean): Promise<boolean> {
  if (letGo) return Promise.resolve(true)
  return new Promise((taken) => {
    navigator.locks
      .request(LOCK, steal ? { steal: true } : { ifAvailable: true }, (lock) => {
        taken(lock !== null)
        if (!lock) return undefined
        return new Promise<void>((done) => (letGo = done))
      })
      .catch(() => {
        // Another window has taken it: this one falls silent.
        letGo = null
        hangUp()
        line.value = 'elsewhere'
      })
  })
}

window.addEventListener('pagehide', () => telephone?.stop())
