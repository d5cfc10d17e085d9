// What is heard and seen while a call rings, also where another window is in front.
import { say } from '@/words'

const TONE_HZ = 450
const LOUD = 0.12
/** The ringing of the Chinese network: one second of tone, four of rest. */
const TONE_S = 1
const EVERY_MS = 5_000
const BLINK_MS = 700

let context: AudioContext | null = null
let turns = 0
let blinks = 0
let title = ''

export function ring(): void {
  if (turns) return
  title = document.title
  play()
  turns = window.setInterval(play, EVERY_MS)
  blinks = window.setInterval(() => {
    document.title = document.title === title ? `☎ ${say('seat.rings')}` : title
  }, BLINK_MS)
}

export function silence(): void {
  if (!turns) return
  window.clearInterval(turns)
  window.clearInterval(blinks)
  turns = blinks = 0
  document.title = title
}

function play(): void {
  context ??= new AudioContext()
  void context.resume()
  const [tone, loud] = [context.createOscillator(), context.createGain()]
  tone.frequency.value = TONE_HZ
  loud.gain.value = LOUD
  tone.connect(loud).connect(context.destination)
  tone.start()
  tone.stop(context.currentTime + TONE_S)
}
