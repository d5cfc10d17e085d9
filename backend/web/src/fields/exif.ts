// What a camera has written into a JPEG, carried over to a smaller copy of it.

const SOI = 0xffd8
const APP1 = 0xffe1
const LAST_HEADER = 0xffda
const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0]
const ORIENTATION = 0x0112
const ENTRY_BYTES = 12
/** Where the headers of a photo are looked for. */
const HEAD_BYTES = 256 * 1024

/** Gives the segment with the EXIF of a JPEG, its orientation upright; null where there is none. */
export function exifOf(bytes: Uint8Array): Uint8Array | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.byteLength < 4 || view.getUint16(0) !== SOI) return null
  for (let at = 2; at + 4 <= view.byteLength; ) {
    const marker = view.getUint16(at)
    const size = view.getUint16(at + 2)
    if (marker === LAST_HEADER || (marker & 0xff00) !== 0xff00 || size < 2) return null
    const end = at + 2 + size
    if (marker === APP1 && end <= view.byteLength && EXIF.every((byte, i) => view.getUint8(at + 4 + i) === byte)) {
      return upright(bytes.slice(at, end))
    }
    at = end
  }
  return null
}

/** The copy is drawn as it is seen: turning it once more would be wrong. */
function upright(segment: Uint8Array): Uint8Array {
  const start = 4 + EXIF.length
  const view = new DataView(segment.buffer, start)
  try {
    const little = view.getUint16(0) === 0x4949
    const first = view.getUint32(4, little)
    for (let i = 0; i < view.getUint16(first, little); i++) {
      const entry = first + 2 + i * ENTRY_BYTES
      if (view.getUint16(entry, little) === ORIENTATION) view.setUint16(entry + 8, 1, little)
    }
  } catch {
    // What is broken is the office's to judge.
  }
  return segment
}

/** Gives a smaller JPEG with the EXIF of the photo that it was made of. */
export async function withExif(photo: Blob, small: Blob): Promise<Blob> {
  const segment = exifOf(new Uint8Array(await photo.slice(0, HEAD_BYTES).arrayBuffer()))
  if (!segment) return small
  return new Blob([small.slice(0, 2), segment as BlobPart, small.slice(2)], { type: small.type })
}
