// The console's own catalogue: say(key) in the chosen language, named(prefix, code) for codes.
import { ref } from 'vue'
import { credentials } from '@/api/http'
import en from './en.json'
import zh from './zh_CN.json'

export type Key = keyof typeof zh
export type Language = 'zh_CN' | 'en'

const catalogues: Record<Language, Record<string, string>> = { zh_CN: zh, en }

export const language = ref<Language>(
  localStorage.getItem('hotline.language') === 'en' ? 'en' : 'zh_CN',
)
credentials.language = language.value

export function setLanguage(chosen: string): void {
  language.value = chosen === 'en' ? 'en' : 'zh_CN'
  credentials.language = language.value
  localStorage.setItem('hotline.language', language.value)
  document.documentElement.lang = locale()
}

export const locale = () => (language.value === 'en' ? 'en-GB' : 'zh-CN')

type Values = Record<string, string | number>

function fill(sentence: string, values: Values): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** The sentence for a key; with a value `n` of 1, `<key>.one` where the language has it. */
export function say(key: Key, values: Values = {}): string {
  const words = catalogues[language.value]
  const single = values['n'] === 1 ? words[`${key}.one`] : undefined
  return fill(single ?? words[key] ?? key, values)
}

/** The word for a code such as a stage; the code itself where the catalogue has none. */
export function named(prefix: string, code: string | null | undefined): string {
  if (!code) return ''
  return catalogues[language.value][`${prefix}.${code}`] ?? code
}

/** The field in the chosen language of something that carries both. */
export function either(zhText: string | null | undefined, enText: string | null | undefined): string {
  return (language.value === 'en' ? enText || zhText : zhText || enText) ?? ''
}
