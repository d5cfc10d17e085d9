// What may be read out to who calls: asked for as words are typed or heard and a class is chosen.
import { onBeforeUnmount, shallowRef, watch } from 'vue'
import { Trouble } from '@/api/http'
import { office } from '@/api/office'
import type { ListedArticle } from '@/api/types'
import { useReturn } from '@/state/feed'

const WAIT_MS = 400
/** The office looks at the end of what was said. */
const LONGEST = 2_000

/** What is looked for: words and a class suggest; a search finds what has ended, too, and says so. */
export interface Wanted {
  text: string
  matter: string | null
  search: string
}

export function useSuggestions(wanted: () => Wanted) {
  const items = shallowRef<ListedArticle[]>([])
  const trouble = shallowRef<Trouble | null>(null)
  let timer = 0
  let turns = 0

  async function look(): Promise<void> {
    const { text, matter, search } = wanted()
    const turn = ++turns
    try {
      const found = search.trim()
        ? (await office.articles({ q: search.trim() })).items
        : text.trim() || matter
          ? await office.suggestArticles({ text: text.slice(-LONGEST), matters: matter ? [matter] : [] })
          : []
      if (turn !== turns) return
      items.value = found
      trouble.value = null
    } catch (caught) {
      if (turn === turns) trouble.value = caught as Trouble
    }
  }

  watch(
    () => JSON.stringify(wanted()),
    () => {
      window.clearTimeout(timer)
      timer = window.setTimeout(() => void look(), WAIT_MS)
    },
  )
  onBeforeUnmount(() => window.clearTimeout(timer))
  useReturn(() => trouble.value, look)
  void look()
  return { items, trouble, look }
}
