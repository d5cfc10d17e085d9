// The live feed: one WebSocket that resumes from its last number, or says that all is to be reread.
import { onBeforeUnmount, ref } from 'vue'
import { office } from '@/api/office'
import type { FeedFrame } from '@/api/types'
import { me, meta, refreshMeta } from './session'

export type FeedState = 'off' | 'connecting' | 'live' | 'cut'

export const feedState = ref<FeedState>('off')
/** When the last word came over the stream, in milliseconds. */
export const heardAt = ref(Date.now())

const FIRST_WAIT_MS = 500
const MAX_WAIT_MS = 10_000
/** The office says something every ten seconds; after this the line is dead, whatever it says itself. */
const SILENCE_MS = 25_000

const returns = new Set<() => void>()
const RELOAD: FeedFrame = { kind: 'reload', seq: null, at: null, number: null, call: null, seat: null, row: null, counts: null, claims: null }
const listeners = new Set<(message: FeedFrame) => void>()
let socket: WebSocket | null = null
let last = 0
let wait = FIRST_WAIT_MS
let timer = 0
let silence = 0

export function onFeed(listener: (message: FeedFrame) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Calls back when the stream is live again after it was cut. */
export function onReturn(listener: () => void): () => void {
  returns.add(listener)
  return () => returns.delete(listener)
}

/** Tries again what had failed when the stream is back; for a component's setup. */
export function useReturn(failed: () => unknown, again: () => unknown): void {
  onBeforeUnmount(onReturn(() => void (failed() && again())))
}

export function startFeed(): void {
  last = meta.value?.feed ?? 0
  connect()
}

export function stopFeed(): void {
  feedState.value = 'off'
  window.clearTimeout(timer)
  hangUp()
}

/** Tries again at once instead of waiting for the next turn. */
export function reconnectNow(): void {
  if (feedState.value === 'off' || feedState.value === 'live') return
  wait = FIRST_WAIT_MS
  connect()
}

function connect(): void {
  window.clearTimeout(timer)
  hangUp()
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const opened = new WebSocket(`${scheme}://${location.host}/api/feed?acting=${encodeURIComponent(me.value?.acting ?? '')}&from=${last}`)
  socket = opened
  wake()
  if (feedState.value !== 'cut') feedState.value = 'connecting'
  opened.onmessage = (event) => {
    if (opened === socket) hear(JSON.parse(String(event.data)) as FeedFrame)
  }
  opened.onclose = () => {
    if (opened === socket) cut()
  }
}

function hangUp(): void {
  window.clearTimeout(silence)
  const old = socket
  socket = null
  old?.close()
}

/** Takes the line for dead unless something is heard before long. */
function wake(): void {
  window.clearTimeout(silence)
  silence = window.setTimeout(cut, SILENCE_MS)
}

function cut(): void {
  hangUp()
  if (feedState.value === 'off' || !me.value) return
  // A session that has ended refuses the stream; asking who we are says so and leads to signing in.
  if (feedState.value === 'cut') void office.me().catch(() => undefined)
  feedState.value = 'cut'
  window.clearTimeout(timer)
  timer = window.setTimeout(connect, wait * (0.75 + Math.random() / 2))
  wait = Math.min(wait * 2, MAX_WAIT_MS)
}

function hear(message: FeedFrame): void {
  wake()
  heardAt.value = Date.now()
  wait = FIRST_WAIT_MS
  if (message.kind === 'reload') {
    void rereadAll()
    return
  }
  const returned = feedState.value !== 'live'
  feedState.value = 'live'
  if (returned) returns.forEach((tell) => tell())
  // A hello tells where the stream stands; what lies between is sent after it, so it moves nothing.
  if (message.kind === 'hello') {
    if (last === 0) last = message.seq ?? 0
    return
  }
  if (message.kind === 'alive') return
  if (message.seq !== null) last = Math.max(last, message.seq)
  listeners.forEach((tell) => tell(message))
}

async function rereadAll(): Promise<void> {
  try {
    last = await refreshMeta()
  } catch {
    feedState.value = 'cut'
  }
  connect()
  listeners.forEach((tell) => tell(RELOAD))
}

window.addEventListener('offline', cut)
window.addEventListener('online', reconnectNow)
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') reconnectNow()
})
