// One move for many cases: the office answers a line each, as each is done; who aborts stops the rest.
import { headers, refusal, troubleFrom } from './http'
import type { BatchAct, BatchLine } from './types'

/** Reads the lines of an answer as they come. */
async function eachLine(body: ReadableStream<Uint8Array>, take: (line: BatchLine) => void): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(JSON.parse(line) as BatchLine)
  }
}

/** Makes the move; throws a Trouble where nothing was begun, and what cut it where it was cut. */
export async function actSeveral(asked: BatchAct, take: (line: BatchLine) => void, signal: AbortSignal): Promise<void> {
  const carried = { ...headers(true), 'Content-Type': 'application/json' }
  const sent = { method: 'POST', headers: carried, credentials: 'same-origin' as const, body: JSON.stringify(asked), signal }
  const answer = await fetch('/api/cases/act', sent).catch(() => {
    throw troubleFrom(0, null)
  })
  if (!answer.ok || !answer.body) throw refusal(answer.status, await answer.json().catch(() => null))
  await eachLine(answer.body, take)
}
