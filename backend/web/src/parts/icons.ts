// Which picture stands for a channel, an action, a page.
import type { IconName } from './Icon.vue'

const channels: Record<string, IconName> = {
  phone: 'phone',
  telegram: 'chat',
  console: 'screen',
  terminal: 'terminal',
}

const actions: Record<string, IconName> = {
  report: 'send',
  register: 'pen',
  chat: 'chat',
  transcribe: 'note',
  suggest: 'mark',
  attach: 'phone',
  light: 'clock',
  correct: 'pen',
  ask_verify: 'eye',
  verify_true: 'check',
  verify_untrue: 'close',
  verify_unclear: 'warn',
  file: 'flag',
  decline: 'close',
  void: 'close',
  dispatch: 'dispatch',
  recall: 'undo',
  reassign: 'dispatch',
  accept: 'check',
  send_back: 'undo',
  report_done: 'tool',
  ask_check: 'eye',
  pass_check: 'check',
  fail_check: 'undo',
  check_unclear: 'warn',
  close: 'lock',
  reject_close: 'undo',
  order_rework: 'undo',
  note: 'note',
}

export const channelIcon = (channel: string): IconName => channels[channel] ?? 'chat'
export const actionIcon = (action: string): IconName => actions[action] ?? 'next'

export type Tone = 'primary' | 'danger' | 'calm'

const DANGER = new Set(['decline', 'void', 'send_back', 'fail_check', 'verify_untrue', 'reject_close', 'order_rework'])
const CALM = new Set(['note', 'ask_verify', 'correct', 'verify_unclear', 'check_unclear', 'recall', 'reassign'])

/** How a button looks: what moves the case on is full, what ends or returns it is red. */
export function tone(action: string): Tone {
  if (DANGER.has(action)) return 'danger'
  return CALM.has(action) ? 'calm' : 'primary'
}
