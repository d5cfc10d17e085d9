// A shape beside the colour and the word of a seat's state: nobody needs to tell green from red.
import type { IconName } from '@/parts/Icon.vue'

const SHAPES: Record<string, IconName> = {
  off: 'exit', ready: 'check', ringing: 'bell', talking: 'phone', wrap_up: 'pen', paused: 'pause',
}

export const seatShape = (state: string): IconName => SHAPES[state] ?? 'phone'
