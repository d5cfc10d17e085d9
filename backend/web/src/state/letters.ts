// Which letter presses which button: the first one of the action's own name that is still free.
import { computed } from 'vue'
import { meta } from './session'

/** Letters that move through the list on every page of cases. */
const TAKEN = ['j', 'k']

/** A letter for every action, in the order of the buttons; the same buttons get the same letters. */
export function lettersOf(actions: string[]): Record<string, string> {
  const used = new Set(TAKEN)
  const letters: Record<string, string> = {}
  for (const action of actions) {
    const free = [...action].find((letter) => /[a-z]/.test(letter) && !used.has(letter))
    if (!free) continue
    used.add(free)
    letters[action] = free
  }
  return letters
}

/** The letters of what is done at one tap. */
export const letters = computed(() => lettersOf(meta.value?.direct ?? []))
