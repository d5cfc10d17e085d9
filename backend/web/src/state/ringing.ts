// What is heard and seen while a call rings, also where another window is in front.
import { say } from '@/words'
import { calm } from './looks'

const AT = 'hotline.ring_at'
const TONE_HZ = 450
const LOUD = 0.2
/** The ringing of the Chinese network: one second of tone, four of rest. */
const TONE_S = 1
const EVERY_S = 5
const LONGEST = 24
const BLINK_MS = 700

type Sink = AudioContext & { setSinkId?: (device: string) => Promise<void> }
let context: Sink | null = null
let sounding: GainNode | null = null
let blinks = 0
let title = ''

export const ringDevice = () => localStorage.getItem(AT) ?? ''

/** It rings at a device of its own: nobody wears a headset all day. */
export function ringAt(device: string): void {
  localStorage.setItem(AT, device)
  unlock()
}

/** A page may sound once somebody has pressed something in it: going online is that. */
export function unlock(): void {
  context ??= new AudioContext()
  void (context as Sink).setSinkId?.(ringDevice()).catch(() => undefined)
  void context.resume().catch(() => undefined)
}

export function ring(): void {
  if (blinks) return
  title = document.title
  sound()
  let on = false
  const turn = () => {
    // Who wants no motion sees it change once.
    on = !on || calm
    document.title = on ? `☎ ${say('seat.rings')}` : title
    icon(on ? '/ringing.svg' : '/favicon.svg')
  }
  turn()
  blinks = window.setInterval(turn, BLINK_MS)
}

export function silence(): void {
  sounding?.disconnect()
  sounding = null
  if (!blinks) return
  window.clearInterval(blinks)
  blinks = 0
  document.title = title
  icon('/favicon.svg')
}

const ALARM_HZ = 880
const BEEP_S = 0.15
const ALARM_EVERY_S = 8
const ALARM_TIMES = 40
let beeping: GainNode | null = null

/** Three short tones, again and again until somebody has seen what it is about. */
export function beep(): void {
  hush()
  unlock()
  const out = context as AudioContext
  const [tone, loud] = [out.createOscillator(), out.createGain()]
  tone.frequency.value = ALARM_HZ
  loud.gain.value = 0
  for (let turn = 0; turn < ALARM_TIMES; turn++) {
    for (let n = 0; n < 3; n++) {
      const at = out.currentTime + turn * ALARM_EVERY_S + n * 2 * BEEP_S
      loud.gain.setValueAtTime(LOUD, at)
      loud.gain.setValueAtTime(0, at + BEEP_S)
    }
  }
  tone.connect(loud).connect(out.destination)
  tone.start()
  tone.stop(out.currentTime + ALARM_TIMES * ALARM_EVERY_S)
  beeping = loud
}

export function hush(): void {
  beeping?.disconnect()
  beeping = null
}

/** Whether the browser lets this page sound; it tells a moment after it was asked. */
export async function canSound(): Promise<boolean> {
  await Promise.race([context?.resume(), new Promise((done) => window.setTimeout(done, BLINK_MS))]).catch(() => undefined)
  return context?.state === 'running'
}

const icon = (address: string) => document.querySelector('link[rel=icon]')?.setAttribute('href', address)

/** All tones are laid on the sound's own clock: a page in the background has its timers come late. */
export function sound(times = LONGEST): void {
  unlock()
  sounding?.disconnect()
  const out = context as AudioContext
  const [tone, loud] = [out.createOscillator(), out.createGain()]
  tone.frequency.value = TONE_HZ
  loud.gain.value = 0
  for (let turn = 0; turn < times; turn++) {
    loud.gain.setValueAtTime(LOUD, out.currentTime + turn * EVERY_S)
    loud.gain.setValueAtTime(0, out.currentTime + turn * EVERY_S + TONE_S)
  }
  tone.connect(loud).connect(out.destination)
  tone.start()
  tone.stop(out.currentTime + times * EVERY_S)
  sounding = loud
}
