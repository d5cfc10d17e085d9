// Single-key shortcuts: only when nobody is typing and no input method is composing.
import { onBeforeUnmount, onMounted } from 'vue'
import { shortcuts } from './looks'

type Handler = (event: KeyboardEvent) => void

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type))
  )
}

/** Enter belongs to the button or link that has the focus. */
function ownsEnter(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary, [role=option]') !== null
}

/** Binds keys while the component lives. Escape works even while typing. */
export function useKeys(bound: Record<string, Handler>): void {
  const listen = (event: KeyboardEvent) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return
    const handler = bound[event.key]
    if (!handler) return
    if (event.key !== 'Escape') {
      if (!shortcuts.value || typing(event.target)) return
      if (event.key === 'Enter' && ownsEnter(event.target)) return
    }
    handler(event)
  }
  onMounted(() => document.addEventListener('keydown', listen))
  onBeforeUnmount(() => document.removeEventListener('keydown', listen))
}
