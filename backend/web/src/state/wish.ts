// A letter pressed on a case in the list: its page presses the button as soon as it is there.
let kept: { number: string; key: string } | null = null

export function wish(number: string, key: string): void {
  kept = { number, key }
}

/** The letter that a case was opened with; asked once. */
export function wished(number: string): string | null {
  const found = kept?.number === number ? kept.key : null
  kept = null
  return found
}
