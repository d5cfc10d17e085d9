// The few marks of an article's text: headings, lists, what is strong. All else is text as it stands.

export interface Piece {
  text: string
  strong: boolean
}

export type Block =
  | { kind: 'heading' | 'text'; pieces: Piece[] }
  | { kind: 'bullets' | 'numbers'; items: Piece[][] }

const HEADING = /^#{1,6}\s+(.*)$/
const BULLET = /^\s*[-*]\s+(.*)$/
const NUMBER = /^\s*\d{1,3}[.、]\s*(.*)$/

/** What stands between two pairs of stars is strong. */
export function pieces(text: string): Piece[] {
  return text
    .split(/\*\*(.+?)\*\*/)
    .map((part, place) => ({ text: part, strong: place % 2 === 1 }))
    .filter((one) => one.text)
}

/** A text as blocks; lines of one paragraph stay one, with their line ends. */
export function blocks(text: string): Block[] {
  const found: Block[] = []
  let lines: string[] = []
  const end = () => {
    if (lines.length) found.push({ kind: 'text', pieces: pieces(lines.join('\n')) })
    lines = []
  }
  const item = (kind: 'bullets' | 'numbers', words: string) => {
    end()
    const last = found.at(-1)
    if (last?.kind === kind) last.items.push(pieces(words))
    else found.push({ kind, items: [pieces(words)] })
  }
  for (const line of text.split('\n')) {
    const heading = HEADING.exec(line)
    const bullet = BULLET.exec(line)
    const number = NUMBER.exec(line)
    if (heading) {
      end()
      found.push({ kind: 'heading', pieces: pieces(heading[1] ?? '') })
    } else if (bullet) item('bullets', bullet[1] ?? '')
    else if (number) item('numbers', number[1] ?? '')
    else if (line.trim()) lines.push(line.trim())
    else end()
  }
  end()
  return found
}
