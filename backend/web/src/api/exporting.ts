// Has a list written into a file: lines that say how far it is, and behind the last its bytes.
import { headers, refusal, troubleFrom } from './http'
import type { ExportFrame } from './types'

export interface Exported {
  name: string
  file: Blob
}

/** Takes what comes; `told` hears how far it is. Aborting `signal` ends it at the office, too. */
export async function exporting(
  path: string,
  told: (rows: number, of: number) => void,
  signal: AbortSignal,
): Promise<Exported> {
  try {
    const answer = await fetch(path, { method: 'POST', headers: headers(true), signal })
    if (!answer.ok || !answer.body) throw refusal(answer.status, await answer.json().catch(() => null))
    return await read(answer.body.getReader(), told)
  } catch (caught) {
    throw caught instanceof TypeError ? troubleFrom(0, null) : caught
  }
}

const NEWLINE = 10

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  told: (rows: number, of: number) => void,
): Promise<Exported> {
  let rest: Uint8Array<ArrayBuffer> = new Uint8Array()
  for (;;) {
    const end = rest.indexOf(NEWLINE)
    if (end < 0) {
      const { value, done } = await reader.read()
      if (done) throw troubleFrom(0, null)
      rest = joined(rest, value)
      continue
    }
    const frame = JSON.parse(new TextDecoder().decode(rest.subarray(0, end))) as ExportFrame
    rest = rest.slice(end + 1)
    if (frame.problem) throw troubleFrom(500, frame.problem)
    told(frame.rows, frame.of)
    if (frame.file) return { name: frame.file, file: await whole(reader, rest, frame.bytes) }
  }
}

function joined(one: Uint8Array<ArrayBuffer>, other: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

/** The bytes of the file; one that was cut is none. The browser keeps a large one on its disk. */
async function whole(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  first: Uint8Array<ArrayBuffer>,
  size: number,
): Promise<Blob> {
  let parts: BlobPart[] = [first]
  let length = first.length
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    parts.push(value)
    length += value.length
    if (parts.length > 256) parts = [new Blob(parts)]
  }
  if (length !== size) throw troubleFrom(0, null)
  return new Blob(parts)
}
