// The focus never falls off the page: when what had it goes, the nearest thing around it takes it.

/** The element that had the focus last, and all that it lies in, from near to far. */
let chain: HTMLElement[] = []

function around(element: Element | null): HTMLElement[] {
  const found: HTMLElement[] = []
  for (let one = element; one; one = one.parentElement) {
    if (one instanceof HTMLElement) found.push(one)
  }
  return found
}

/** Where the focus goes when nothing around it can take it: the open case, else the page. */
function home(): HTMLElement | null {
  return document.querySelector<HTMLElement>('#main h1[tabindex]') ?? document.querySelector('#main')
}

function mend(): void {
  if (chain.length === 0 || chain[0]?.isConnected) return
  if (document.activeElement !== null && document.activeElement !== document.body) return
  const near = chain.find((one) => one.isConnected && one.hasAttribute('tabindex'))
  const target = near && near.id !== 'main' ? near : home()
  target?.focus({ preventScroll: true })
}

/** Watches the whole page for as long as it lives. */
export function keepFocus(): void {
  document.addEventListener('focusin', (event) => (chain = around(event.target as Element)))
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true })
}
