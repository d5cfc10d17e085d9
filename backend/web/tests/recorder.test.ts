import { expect, it } from 'vitest'
import { wave } from '@/room/recorder'

it('makes a plain WAV that a telephone plays: 16 bit, 8000 Hz, one channel', () => {
  const made = wave(new Float32Array([0, 1, -1, 2, -0.5]))
  const word = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((n) => made.getUint8(at + n)))
  expect([word(0), word(8), word(36)]).toEqual(['RIFF', 'WAVE', 'data'])
  expect([made.getUint32(4, true), made.getUint32(40, true)]).toEqual([made.byteLength - 8, 10])
  expect([made.getUint16(22, true), made.getUint32(24, true), made.getUint16(34, true)]).toEqual([1, 8000, 16])
  const samples = [0, 1, 2, 3, 4].map((n) => made.getInt16(44 + 2 * n, true))
  // What is too loud is as loud as can be, and does not come out on the other side.
  expect(samples).toEqual([0, 32767, -32767, 32767, -16383])
})
