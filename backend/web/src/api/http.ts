// One way to the office: JSON in and out, the session's CSRF token on everything that changes.
import { reactive } from 'vue'
import { hearDate } from './officeTime'

export class Trouble extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
    readonly retryAfter: number | null = null,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

/** What every request carries; the session writes it. */
export const credentials = reactive({ csrf: '', language: 'zh_CN' })

const listeners = new Set<() => void>()

/** Calls `listener` whenever the office says that nobody is signed in. */
export function onSignedOut(listener: () => void): void {
  listeners.add(listener)
}

export function headers(changing: boolean): Record<string, string> {
  const carried: Record<string, string> = {
    Accept: 'application/json',
    'Accept-Language': credentials.language.replace('_', '-'),
  }
  if (changing) carried['X-CSRF-Token'] = credentials.csrf
  return carried
}

export function troubleFrom(status: number, body: unknown): Trouble {
  const said = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return new Trouble(
    status,
    text(said['code']) ?? (status === 0 ? 'offline' : 'unknown'),
    text(said['message']) ?? '',
    text(said['field']),
    typeof said['retry_after'] === 'number' ? said['retry_after'] : null,
    said,
  )
}

/** What a refused request is told; that nobody is signed in (any more) is heard by who listens. */
export function refusal(status: number, body: unknown): Trouble {
  const trouble = troubleFrom(status, body)
  if (trouble.code === 'unauthorised') listeners.forEach((tell) => tell())
  return trouble
}

async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  keepalive = false,
  read: (answer: Response) => Promise<unknown> = (answer) => answer.json().catch(() => null),
): Promise<T> {
  const changing = method !== 'GET'
  const carried = headers(changing)
  const file = body instanceof Blob
  if (body !== undefined) carried['Content-Type'] = file ? body.type : 'application/json'
  let answer: Response
  const asked = Date.now()
  try {
    answer = await fetch(path, {
      method,
      headers: carried,
      credentials: 'same-origin',
      keepalive,
      body: body === undefined ? undefined : file ? body : JSON.stringify(body),
    })
  } catch {
    throw troubleFrom(0, null)
  }
  hearDate(answer.headers.get('Date'), asked, Date.now())
  if (answer.ok) return (await read(answer)) as T
  const said: unknown = await answer.json().catch(() => null)
  throw refusal(answer.status, said)
}

export const get = <T>(path: string) => ask<T>('GET', path)
/** `last` sends on while the page is being left. */
export const put = <T>(path: string, body: unknown, last = false) => ask<T>('PUT', path, body, last)
export const post = <T>(path: string, body: unknown = {}, last = false) =>
  ask<T>('POST', path, body, last)
/** Asks for something that is no JSON, such as a sound or a paper. */
export const getFile = (path: string) =>
  ask<Blob>('GET', path, undefined, false, (answer) => answer.blob())
export const postForFile = (path: string, body: unknown) =>
  ask<Blob>('POST', path, body, false, (answer) => answer.blob())
