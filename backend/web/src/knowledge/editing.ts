// What is typed of an article: lists as lines, kept in the browser until it is saved, brought together with others'.
import { reactive, ref, watch } from 'vue'
import { freshKey } from '@/api/key'
import type { Article, ShownArticle } from '@/api/types'

export type Field = Exclude<keyof Article, 'id'>
export const FIELDS: Field[] = [
  'title', 'answer', 'body', 'title_en', 'answer_en', 'body_en', 'matters', 'words', 'questions', 'valid_from', 'valid_until', 'source', 'reviewed_by',
]
/** A field that somebody else has changed since, and whether it was changed here, too. */
export interface Other {
  field: Field
  before: Article[Field]
  theirs: Article[Field]
  touched: boolean
}

const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null)
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export const blank = (): Article => ({
  id: freshKey().replace(/[^a-z0-9]/g, ''), title: '', answer: '', body: '', title_en: '', answer_en: '', body_en: '', matters: [], words: [], questions: [], valid_from: null, valid_until: null, source: '', reviewed_by: '',
})

/** The lines of a field that is a list; what is empty, or stands there twice, is none. */
export const lines = (text: string) => [...new Set(text.split('\n').map((one) => one.trim()).filter(Boolean))]

export function useArticle(shown: ShownArticle | null) {
  const name = `hotline.article.${shown?.article.id ?? 'new'}`
  let base = copy(shown?.article ?? blank())
  const version = ref(shown?.version ?? 0)
  const typed = reactive<Article>(copy(base))
  const others = ref<Other[]>([])

  const kept = JSON.parse(sessionStorage.getItem(name) ?? 'null') as { version: number; typed: Article } | null
  /** What was begun of this very version is there still. */
  const resumed = ref(kept !== null && kept.version === version.value)
  if (resumed.value && kept) Object.assign(typed, kept.typed)

  watch(typed, () => {
    if (same(base, typed)) sessionStorage.removeItem(name)
    else sessionStorage.setItem(name, JSON.stringify({ version: version.value, typed }))
  })

  /** Takes in what somebody else has written: fields that were not changed here come from there. */
  function meet(now: ShownArticle): void {
    const found: Other[] = []
    for (const field of FIELDS) {
      const [before, theirs] = [base[field], now.article[field]]
      if (same(before, theirs) || same(theirs, typed[field])) continue
      const touched = !same(typed[field], before)
      if (!touched) Object.assign(typed, { [field]: copy(theirs) })
      found.push({ field, before, theirs, touched })
    }
    base = copy(now.article)
    typed.id = base.id
    version.value = now.version
    others.value = found
  }

  function take(one: Other): void {
    Object.assign(typed, { [one.field]: copy(one.theirs) })
    others.value = others.value.filter((other) => other !== one)
  }

  const drop = () => sessionStorage.removeItem(name)
  return { typed, version, others, resumed, meet, take, drop }
}
