// Reads words out by a voice of this machine: how they sound, before callers hear them.
import { language, type Language } from '@/words'

const CODES: Record<Language, string> = { zh_CN: 'zh', en: 'en' }

/** Reads the words out; false where this browser has no voice of its own for the language. */
export function readAloud(words: string, spoken: Language = language.value): Promise<boolean> {
  const synthesis = window.speechSynthesis as SpeechSynthesis | undefined
  const voice = synthesis?.getVoices().find((one) => one.localService && one.lang.startsWith(CODES[spoken]))
  if (!synthesis || !voice) return Promise.resolve(false)
  synthesis.cancel()
  return new Promise((done) => {
    const said = new SpeechSynthesisUtterance(words)
    said.voice = voice
    said.lang = voice.lang
    said.onend = () => done(true)
    said.onerror = () => done(false)
    synthesis.speak(said)
  })
}
