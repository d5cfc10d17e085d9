// A telephone in the page: SIP over WebSocket (JsSIP), sound by WebRTC. The only file that knows JsSIP.
import { UA, WebSocketInterface } from 'jssip'
import { DTMF_TRANSPORT } from 'jssip/lib/Constants'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { IncomingRTCSessionEvent } from 'jssip/lib/UA'
import type { SeatLine } from '@/api/types'

/** Whether the telephone is signed in at the exchange. */
export type LineState = 'joining' | 'there' | 'lost' | 'refused'

/** A call in this page. */
export interface LiveCall {
  ringing: boolean
  muted: boolean
  held: boolean
  /** When it was answered, in milliseconds. */
  since: number
}

export interface Heard {
  line: (state: LineState) => void
  call: (call: LiveCall | null) => void
}

/** Slow adapters must not delay an answer: what is found this long after the first address is sent. */
const GATHER_MS = 300
const SIGN_IN_AGAIN_MS = 500
const MOST_REFUSED = 20
/** SIP's word for one who talks already, and for one who turns a call away. */
const BUSY = 486
const PEER: RTCConfiguration = { iceServers: [], bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' }

export class Softphone {
  private readonly ua: UA
  private readonly sound = new Audio()
  private session: RTCSession | null = null
  private call: LiveCall | null = null
  private refused = 0
  private again = 0

  constructor(
    line: SeatLine,
    private readonly microphone: MediaStream,
    private readonly heard: Heard,
  ) {
    this.sound.autoplay = true
    this.ua = new UA({
      sockets: [new WebSocketInterface(line.url)],
      uri: `sip:${line.name}@${line.realm}`,
      realm: line.realm,
      password: line.password,
      register_expires: 60,
      session_timers: false,
      user_agent: 'hotline-seat',
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 5,
    })
    this.ua.on('registered', () => {
      this.refused = 0
      heard.line('there')
    })
    this.ua.on('disconnected', () => heard.line('lost'))
    this.ua.on('registrationFailed', () => this.signInAgain())
    this.ua.on('newRTCSession', (event: IncomingRTCSessionEvent) => this.comes(event))
    heard.line('joining')
    this.ua.start()
  }

  /** The device that callers are heard at; '' is the browser's own. */
  speakAt(device: string): void {
    void this.sound.setSinkId?.(device).catch(() => undefined)
  }

  /** Ends every call and signs out. */
  stop(): void {
    window.clearTimeout(this.again)
    this.ua.stop()
    for (const track of this.microphone.getTracks()) track.stop()
  }

  answer(): void {
    const session = this.session
    if (!session?.isInProgress()) return
    // Hold and mute switch the track itself off: each call has one of its own.
    const stream = this.microphone.clone()
    const free = () => stream.getTracks().forEach((track) => track.stop())
    session.on('ended', free)
    session.on('failed', free)
    session.answer({ mediaStream: stream, pcConfig: PEER })
  }

  /** Turns a call away, or ends it. */
  end(): void {
    if (this.session === null || this.session.isEnded()) return
    this.session.terminate(this.session.isEstablished() ? {} : { status_code: BUSY })
  }

  mute(on: boolean): void {
    if (on) this.session?.mute({ audio: true })
    else this.session?.unmute({ audio: true })
  }

  hold(on: boolean): void {
    if (on) this.session?.hold()
    else this.session?.unhold()
  }

  /** Presses a key of the telephone in the talk. */
  press(key: string): void {
    if (this.session?.isEstablished()) this.session.sendDTMF(key, { transportType: DTMF_TRANSPORT.RFC2833 })
  }

  /** The exchange hears of a new password a moment after the office has given it. */
  private signInAgain(): void {
    if (++this.refused > MOST_REFUSED) this.heard.line('refused')
    else this.again = window.setTimeout(() => this.ua.register(), SIGN_IN_AGAIN_MS)
  }

  private comes({ originator, session }: IncomingRTCSessionEvent): void {
    if (String(originator) !== 'remote') return
    if (this.session) {
      session.terminate({ status_code: BUSY })
      return
    }
    this.session = session
    this.tell({ ringing: true, muted: false, held: false, since: Date.now() })
    session.on('peerconnection', ({ peerconnection }) => {
      peerconnection.addEventListener('track', (event: RTCTrackEvent) => {
        this.sound.srcObject = event.streams[0] ?? new MediaStream([event.track])
      })
    })
    let timer = 0
    session.on('icecandidate', ({ ready }) => {
      timer ||= window.setTimeout(ready, GATHER_MS)
    })
    session.on('accepted', () => this.change({ ringing: false, since: Date.now() }))
    session.on('muted', () => this.change({ muted: true }))
    session.on('unmuted', () => this.change({ muted: false }))
    session.on('hold', ({ originator: by }) => String(by) === 'local' && this.change({ held: true }))
    session.on('unhold', ({ originator: by }) => String(by) === 'local' && this.change({ held: false }))
    const over = () => {
      if (this.session !== session) return
      this.session = null
      this.tell(null)
    }
    session.on('ended', over)
    session.on('failed', over)
  }

  private change(changed: Partial<LiveCall>): void {
    if (this.call) this.tell({ ...this.call, ...changed })
  }

  private tell(call: LiveCall | null): void {
    this.call = call
    this.heard.call(call)
  }
}
