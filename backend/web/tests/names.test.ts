import { beforeEach, expect, it } from 'vitest'
import { actionIcon, tone } from '@/parts/icons'
import { actionName, countName, fieldName, isEnd, isMove, optionName, stageName } from '@/state/names'
import { setLanguage } from '@/words'
import { action, called, field, option, signIn, stage } from './office'

beforeEach(() => {
  signIn([], {
    stages: [stage('weighed', { name: '待称重', name_en: 'To weigh' }), stage('done', { end: true })],
    actions: [action('weigh', { name: '称重', name_en: 'Weigh', icon: 'tool', tone: 'danger' }), action('odd', { icon: 'no_such', tone: 'loud' })],
    counts: [{ ...called('again', '再称', 'Weighed again'), returns: '' }],
    fields: [field('load', 'choice', { name: '载重', name_en: 'Load', options: [option('heavy', '重')] })],
  })
  setLanguage('zh_CN')
})

it('is what the city calls it, in the chosen language', () => {
  expect([stageName('weighed'), actionName('weigh'), countName('again'), fieldName('load'), optionName('load', 'heavy')]).toEqual(
    ['待称重', '称重', '再称', '载重', '重'],
  )
  setLanguage('en')
  expect([stageName('weighed'), actionName('weigh'), countName('again'), fieldName('load'), optionName('load', 'heavy')]).toEqual(
    ['To weigh', 'Weigh', 'Weighed again', 'Load', 'heavy'],
  )
})

it('is our own word for what the office does by itself, and the code where nobody has a word', () => {
  expect([actionName('transcribe'), fieldName('channel')]).toEqual(['语音转写', '渠道'])
  expect([stageName('gone'), actionName('gone'), fieldName('gone'), optionName('load', 'gone'), stageName(null)]).toEqual(
    ['gone', 'gone', 'gone', 'gone', ''],
  )
  expect([isMove('weigh'), isMove('transcribe'), isEnd('done'), isEnd('weighed'), isEnd('gone')]).toEqual(
    [true, false, true, false, false],
  )
})

it('draws an action as the city says, and plainly where it says nothing that is known', () => {
  expect([actionIcon('weigh'), tone('weigh')]).toEqual(['tool', 'danger'])
  expect([actionIcon('odd'), tone('odd')]).toEqual(['next', 'calm'])
  expect([actionIcon('attach'), tone('attach')]).toEqual(['phone', 'calm'])
})
