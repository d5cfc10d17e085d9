// The office's clock, told from the dates of its answers: a browser's own may go wrong by minutes.

const SECOND_MS = 1_000

/** What the office's clock may be ahead of the browser's, by all answers so far. */
let least = -Infinity
let most = Infinity

/** Takes in when the office wrote an answer (to the second), and when that was asked and heard here. */
export function hearDate(date: string | null | undefined, asked: number, heard: number): void {
  const at = Date.parse(date ?? '')
  if (Number.isNaN(at)) return
  const [low, high] = [at - heard, at + SECOND_MS - asked]
  // One of the clocks was set: what was heard before says nothing any more.
  const anew = low > most || high < least
  least = anew ? low : Math.max(least, low)
  most = anew ? high : Math.min(most, high)
}

/** What the office's clock is ahead by; nothing while the two may agree. */
export const ahead = () => Math.round(Math.min(Math.max(0, least), most))

/** The present, in milliseconds, by the office's clock: the times that it sends are compared with it. */
export const officeNow = () => Date.now() + ahead()
