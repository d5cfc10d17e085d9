// Keys: single ones act only when nobody is typing, none while an input method composes.
import { onBeforeUnmount, onMounted } from 'vue'
import { shortcuts } from './looks'

type Handler = (event: KeyboardEvent) => void
type Bound = Record<string, Handler>

/** Safari ends a composition before the key that ended it; 229 still marks that key. */
const OF_INPUT_METHOD = 229

/** Whether a key belongs to an input method that composes: every handler of keys asks this first. */
export function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === OF_INPUT_METHOD
}

/** Whether a key sends a form from any of its fields: Ctrl or Command with Enter. */
export function sends(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !composing(event)
}

/** Whether a key leaves the nearest layer: Escape, unless it ends a composition. */
export function leaves(event: KeyboardEvent): boolean {
  return event.key === 'Escape' && !composing(event)
}

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

/** A letter counts the same with Caps Lock. */
function nameOf(event: KeyboardEvent): string {
  return event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key
}

/** Binds keys while the component lives. Escape works even while typing. */
export function useKeys(bound: Bound | (() => Bound)): void {
  const listen = (event: KeyboardEvent) => {
    if (composing(event) || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return
    const handler = (typeof bound === 'function' ? bound() : bound)[nameOf(event)]
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
