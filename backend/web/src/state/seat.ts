// One's own seat in the telephone room: as the office has it, and its telephone in this page.
import { computed, ref, shallowRef, watch } from 'vue'
import { office } from '@/api/office'
import type { CallOrder, OwnSeat, SeatAct, SeatLine } from '@/api/types'
import { keepTyped } from '@/seat/callDraft'
import type { LineState, LiveCall, Softphone } from '@/seat/softphone'
import { tick } from './clock'
import { onFeed, onReturn } from './feed'
import { ring, silence, unlock } from './ringing'
import { postName } from './names'
import { me } from './session'
import { alert, wording } from './tell'
import { either, say } from '@/words'

/** Of the browser: who holds it has the telephone; the other windows show the seat alone. */
const LOCK = 'hotline.seat'
/** Of this window: it had the telephone, and takes it again after a reload. */
const HERE = 'hotline.seat_here'
/** The page that was here before a reload lets go of the telephone a moment later. */
const LET_GO_MS = 3_000

export const own = shallowRef<OwnSeat | null>(null)
export const line = ref<LineState | 'off' | 'elsewhere'>('off')
export const live = shallowRef<LiveCall | null>(null)
/** Whether a microphone is open in this window, or why there is none: it is asked for when one goes online. */
export const microphone = ref<'none' | 'there' | 'refused' | 'missing'>('none')
export const seated = computed(() => me.value?.permissions.includes('call.take') ?? false)
export const seat = computed(() => own.value?.seat ?? null)
/** The key of the call that rings, is talked in, or is written behind; '' for none. */
export const callKey = computed(() => seat.value?.call ?? '')

/** The skill that a call goes to when it is escalated; '' where the city has none. */
export const escalateTo = computed(() => own.value?.escalate_to ?? '')
/**
 * Somebody is asked about the call, or is being rung for it, while the caller hears music. Who hangs
 * up there leaves the seat with the caller, and nobody tells: "back" then fails, and says so.
 */
export const consulted = computed(() => {
  const told = own.value?.order
  if (told?.kind === 'consult') return told.state !== 'failed'
  return told?.kind === 'complete' && told.state === 'failed'
})

/** Whom one asked has answered: now the call may be theirs. */
export const answered = computed(() => {
  const told = own.value?.order
  return consulted.value && (told?.kind === 'complete' || told?.state === 'done')
})
/** Who asks this seat about a call of theirs, as a sentence; '' where the call is its own. */
export const asker = computed(() => {
  const who = own.value?.asked_by
  if (!who) return ''
  return say('seat.asked_by', { post: postName(who.post), name: either(who.name, who.name_en) })
})

let telephone: Softphone | null = null
let letGo: (() => void) | null = null
let going = false
let turns = 0

let asked = 0
let newest = Promise.resolve()

/** Of answers that overtake each other only that of the newest question counts: all wait for it. */
export function loadSeat(): Promise<void> {
  if (seated.value) newest = askSeat(++asked)
  return newest
}

async function askSeat(turn: number): Promise<void> {
  try {
    const found = await office.seat()
    if (turn !== asked) return newest
    own.value = found
    tick()
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

// Who was away for too long is off by the office: then nothing may ring here any more.
watch(() => seat.value?.state, (now, before) => {
  if (now === 'off' && before && before !== 'off' && !going) leave()
})

/** Takes the seat, with the telephone in this window; `steal` takes it from another window. */
export async function goOnline(steal = false): Promise<void> {
  if (going) return
  going = true
  try {
    unlock()
    await sitDown(steal)
  } finally {
    going = false
  }
}

async function sitDown(steal: boolean): Promise<void> {
  const opened = await openMicrophone()
  if (!opened) return
  if (!(await takeLock(steal))) {
    close(opened)
    line.value = 'elsewhere'
    return
  }
  try {
    const online = await office.seatOnline()
    const { Softphone: Phone } = await import('@/seat/softphone')
    telephone?.stop()
    // What an older telephone still tells is not heard.
    const turn = ++turns
    telephone = new Phone(online.line, opened, {
      line: (state) => turn === turns && (line.value = state),
      call: (call) => turn === turns && hearCall(call),
    })
    telephone.speakAt(voiceDevice())
    sessionStorage.setItem(HERE, '1')
    await loadSeat()
  } catch (trouble) {
    close(opened)
    hangUp()
    alert(wording(trouble))
  }
}

/** Whether one's telephone stands on the desk: this page then has none. */
export const onDesk = computed(() => own.value?.device === 'phone' && seat.value?.state !== 'off')

/** Takes the seat with a telephone on the desk; gives, once, how that signs in. */
export async function goOnlineAtDesk(): Promise<SeatLine | null> {
  try {
    const online = await office.seatOnline('phone')
    leave()
    await loadSeat()
    return online.line
  } catch (trouble) {
    alert(wording(trouble))
    return null
  }
}

function close(stream: MediaStream): void {
  stream.getTracks().forEach((track) => track.stop())
  microphone.value = 'none'
}

export async function act(what: SeatAct['what'], reason = ''): Promise<void> {
  try {
    own.value = await office.seatAct({ what, reason })
    if (what === 'off' && seat.value?.state === 'off') leave()
  } catch (trouble) {
    alert(wording(trouble))
    await loadSeat()
  }
}

export const answer = () => telephone?.answer()
export const endCall = () => telephone?.end()
export const mute = () => telephone?.mute(!live.value?.muted)
export const hold = () => telephone?.hold(!live.value?.held)

export const pressKey = (key: string) => telephone?.press(key)

/** Lets the exchange do something with the call; what was typed so far goes along. */
export async function order(kind: CallOrder['kind'], target = ''): Promise<void> {
  try {
    await keepTyped()
    own.value = await office.order(callKey.value, { kind, target })
  } catch (trouble) {
    alert(wording(trouble))
  }
}

const VOICE = 'hotline.voice_at'
/** The device that callers are heard at, as this browser keeps it. */
export const voiceDevice = () => localStorage.getItem(VOICE) ?? ''
export function voiceAt(device: string): void {
  localStorage.setItem(VOICE, device)
  telephone?.speakAt(device)
}

function hearCall(call: LiveCall | null): void {
  live.value = call
  if (call?.ringing) ring()
  else silence()
}

function leave(): void {
  sessionStorage.removeItem(HERE)
  hangUp()
}

function hangUp(): void {
  const was = telephone
  telephone = null
  turns += 1
  was?.stop()
  if (was) microphone.value = 'none'
  live.value = null
  line.value = 'off'
  silence()
  letGo?.()
  letGo = null
}

/** Asks for the microphone before any call is rung here: who refuses it takes none. */
async function openMicrophone(): Promise<MediaStream | null> {
  try {
    const opened = await navigator.mediaDevices.getUserMedia({ audio: true })
    for (const track of opened.getTracks()) track.onended = () => (microphone.value = 'missing')
    microphone.value = 'there'
    return opened
  } catch (error) {
    const known = error instanceof DOMException ? error.name : ''
    microphone.value = known === 'NotAllowedError' ? 'refused' : 'missing'
    return null
  }
}

/** Becomes the one window of this browser that has the telephone; false where another one is. */
function takeLock(steal: boolean): Promise<boolean> {
  if (letGo) return Promise.resolve(true)
  return new Promise((taken) => {
    navigator.locks
      .request(LOCK, steal ? { steal: true } : { signal: AbortSignal.timeout(LET_GO_MS) }, () => {
        taken(true)
        return new Promise<void>((done) => (letGo = done))
      })
      .catch(() => {
        // Another window has it, or has taken it: this one falls silent.
        taken(false)
        letGo = null
        hangUp()
        line.value = 'elsewhere'
      })
  })
}

window.addEventListener('pagehide', () => telephone?.stop())
