// Plays prompts one behind the other, as a caller hears them; a key cuts them off.
import { ref } from 'vue'

/** The address that is heard now, '' for none. */
export const playing = ref('')
let sound: HTMLAudioElement | null = null
let turns = 0

export function quiet(): void {
  turns += 1
  sound?.pause()
  sound = null
  playing.value = ''
}

/** Plays all of them; one that cannot be heard is passed over. */
export async function play(addresses: string[]): Promise<void> {
  quiet()
  const turn = turns
  for (const address of addresses) {
    if (turn !== turns) return
    const one = new Audio(address)
    sound = one
    playing.value = address
    await new Promise<void>((done) => {
      one.onended = one.onpause = one.onerror = () => done()
      one.play().catch(() => done())
    })
  }
  if (turn === turns) quiet()
}
