// Plays prompts one behind the other, as a caller hears them; a key cuts them off.
import { ref } from 'vue'

/** The sound of a prompt, and the row that shows its words. */
export interface Played {
  address: string
  row: number
}

/** The row that is heard now, -1 for none. */
export const playing = ref(-1)
let sound: HTMLAudioElement | null = null
let turns = 0

export function quiet(): void {
  turns += 1
  sound?.pause()
  sound = null
  playing.value = -1
}

/** Plays all of them; one that cannot be heard is passed over. */
export async function play(all: Played[]): Promise<void> {
  quiet()
  const turn = turns
  for (const { address, row } of all) {
    if (turn !== turns) return
    const one = new Audio(address)
    sound = one
    playing.value = row
    await new Promise<void>((done) => {
      one.onended = one.onpause = one.onerror = () => done()
      one.play().catch(() => done())
    })
  }
  if (turn === turns) quiet()
}
