import { expect, it } from 'vitest'
import { joinedCase, markSaid } from '@/timeline/marks'

it('says the value of a mark as people read it, and no name of ours', () => {
  expect(markSaid({ mark: 'bulletin', value: '0190-aa' })).toBe('')
  expect(markSaid({ mark: 'case_joined', value: '00003009' })).toBe('0000 3009')
  expect(markSaid({ mark: 'language', value: 'en' })).toBe('English')
  expect(markSaid({ mark: 'seat_missed', value: 'seat001 no_answer' })).toBe('seat001 未接来电')
  expect(markSaid({ mark: 'key', value: '0' })).toBe('0')
})

it('finds the case that a caller joined', () => {
  expect(joinedCase([{ mark: 'key', value: '1' }, { mark: 'case_joined', value: '00003009' }])).toBe('00003009')
  expect(joinedCase([])).toBe('')
})
