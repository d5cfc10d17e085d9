import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { office } from '@/api/office'
import type { CityMeta, Me } from '@/api/types'
import { me, signIn, speak } from '@/state/session'
import { language, setLanguage } from '@/words'

/** The language that the account has, in the office. */
let kept = 'zh_CN'
const account = () => ({ person: 'acceptor1', language: kept, csrf: '' }) as Me

beforeEach(() => {
  me.value = null
  vi.spyOn(office, 'login').mockImplementation(async () => account())
  vi.spyOn(office, 'meta').mockResolvedValue({ feed: 0 } as CityMeta)
  vi.spyOn(office, 'speak').mockImplementation(async (chosen) => {
    kept = chosen
    return account()
  })
})

afterEach(() => {
  me.value = null
  vi.restoreAllMocks()
})

it('speaks the language of the account, whatever this window spoke before', async () => {
  await signIn('acceptor1', '')
  await speak('zh_CN')
  // The session ends here; meanwhile another window chooses English.
  me.value = null
  kept = 'en'
  await signIn('acceptor1', '')
  expect([language.value, kept]).toEqual(['en', 'en'])
})

it('keeps the language that was chosen on the page for signing in', async () => {
  kept = 'en'
  setLanguage('en')
  await speak('zh_CN')
  await signIn('acceptor1', '')
  expect([language.value, kept]).toEqual(['zh_CN', 'zh_CN'])
})
