// Which letter presses which button: an action keeps its own, wherever it stands.
import { computed } from 'vue'
import { meta } from './session'

/** The letters of some actions; where two have the same, which only a proxy can find, the first one. */
export function lettersOf(actions: string[]): Record<string, string> {
  const used = new Set<string>()
  const letters: Record<string, string> = {}
  for (const action of actions) {
    const letter = meta.value?.letters[action]
    if (!letter || used.has(letter)) continue
    used.add(letter)
    letters[action] = letter
  }
  return letters
}

/** The letters of what is done at one tap. */
export const letters = computed(() => lettersOf(meta.value?.direct ?? []))
