// How well a class fits what was typed of it: by code, name, letters of the name, other names, group.
import type { MatterChoice } from '@/api/types'

/** A class has first its name as it is said, spelled and shortened; then the same of other names. */
const OWN = 3

/**
 * How far typed words are from a class: 0 one of its names, more for a beginning, a part, its group.
 * A list shows a class by its own name: of two as far, that which begins so itself is nearer.
 */
export function farness(one: MatterChoice, typedWords: string[]): number {
  const names = [one.code, ...one.words.slice(0, OWN), one.name_en.toLowerCase()]
  const known = [...names, ...one.words.slice(OWN)]
  const beside = `${one.group_name} ${one.group_name_en}`.toLowerCase()
  const far = (word: string) => {
    if (known.includes(word)) return 0
    if (known.some((name) => name.startsWith(word))) return 1
    // Two letters are initials, of a whole name or of its end; in the middle of spellings they say nothing.
    if (/^[a-z]{1,2}$/.test(word)) {
      return word.length > 1 && known.some((name) => name.endsWith(word)) ? 2 : Infinity
    }
    if (known.some((name) => name.includes(word))) return 2
    return beside.includes(word) ? 3 : Infinity
  }
  const begins = (word: string) => names.some((name) => name.startsWith(word))
  return typedWords.reduce((sum, word) => sum + far(word) + (begins(word) ? 0 : 0.5), 0)
}
