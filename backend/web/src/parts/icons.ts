// Which picture stands for a channel, an action, and how an action looks.
import { actions } from '@/state/names'
import { isIcon, type IconName } from './Icon.vue'

const channels: Record<string, IconName> = {
  phone: 'phone',
  telegram: 'chat',
  console: 'screen',
  terminal: 'terminal',
}

/** What happens to a case outside of every workflow. */
const ours: Record<string, IconName> = {
  report: 'send',
  register: 'pen',
  chat: 'chat',
  transcribe: 'pen',
  suggest: 'mark',
  attach: 'phone',
  light: 'clock',
  recount: 'clock',
}

export const channelIcon = (channel: string): IconName => channels[channel] ?? 'chat'

export function actionIcon(action: string): IconName {
  const icon = actions.value.get(action)?.icon ?? ''
  return isIcon(icon) ? icon : (ours[action] ?? 'next')
}

const TONES = ['primary', 'danger', 'calm'] as const
export type Tone = (typeof TONES)[number]

/** How a button looks: what moves the case on is full, what ends or returns it is red. */
export function tone(action: string): Tone {
  const told = actions.value.get(action)?.tone
  return TONES.find((one) => one === told) ?? 'calm'
}
