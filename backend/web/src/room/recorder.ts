// Records by the microphone, and gives it as callers hear it: a WAV of 8000 Hz.

/** What a telephone carries. */
export const RATE_HZ = 8_000
const HEADER_BYTES = 44
const SAMPLE_BYTES = 2
const LOUDEST = 0x7fff

export interface Recorder {
  /** Ends it, gives the microphone back, and gives the sound. */
  stop: () => Promise<Blob>
}

/** A plain WAV of 16 bit samples, one channel. */
export function wave(samples: Float32Array, rate = RATE_HZ): DataView<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(HEADER_BYTES + samples.length * SAMPLE_BYTES))
  const text = (at: number, words: string) => [...words].forEach((one, n) => bytes.setUint8(at + n, one.charCodeAt(0)))
  text(0, 'RIFF')
  bytes.setUint32(4, bytes.byteLength - 8, true)
  text(8, 'WAVEfmt ')
  bytes.setUint32(16, 16, true)
  bytes.setUint16(20, 1, true)
  bytes.setUint16(22, 1, true)
  bytes.setUint32(24, rate, true)
  bytes.setUint32(28, rate * SAMPLE_BYTES, true)
  bytes.setUint16(32, SAMPLE_BYTES, true)
  bytes.setUint16(34, SAMPLE_BYTES * 8, true)
  text(36, 'data')
  bytes.setUint32(40, samples.length * SAMPLE_BYTES, true)
  samples.forEach((one, n) => bytes.setInt16(HEADER_BYTES + n * SAMPLE_BYTES, Math.max(-1, Math.min(1, one)) * LOUDEST, true))
  return bytes
}

/** Begins to record; throws where there is no microphone, or it may not be used. */
export async function record(): Promise<Recorder> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const recorder = new MediaRecorder(stream)
  const parts: Blob[] = []
  recorder.ondataavailable = (event) => parts.push(event.data)
  const ended = new Promise<void>((done) => (recorder.onstop = () => done()))
  recorder.start()
  return {
    stop: async () => {
      if (recorder.state !== 'inactive') recorder.stop()
      await ended
      stream.getTracks().forEach((track) => track.stop())
      const coded = await new Blob(parts).arrayBuffer()
      const heard = await new OfflineAudioContext(1, 1, RATE_HZ).decodeAudioData(coded)
      return new Blob([wave(heard.getChannelData(0))], { type: 'audio/wav' })
    },
  }
}
