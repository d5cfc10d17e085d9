// Makes a large photo small enough for a phone's uplink; small ones go as they are, place and all.

import { withExif } from './exif'

const LARGE_BYTES = 1_500_000
const MAX_PX = 1_600
const QUALITY = 0.82
/** A picture small enough to be kept with a draft. */
const LOOK_PX = 192
const LOOK_QUALITY = 0.6

async function drawn(file: File, longest: number): Promise<HTMLCanvasElement | null> {
  const bitmap = await createImageBitmap(file).catch(() => null)
  if (!bitmap) return null
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(bitmap.width * scale)
  canvas.height = Math.round(bitmap.height * scale)
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  return canvas
}

/** A small picture as a data URL; empty for what the browser cannot read. */
export async function look(file: File): Promise<string> {
  return (await drawn(file, LOOK_PX))?.toDataURL('image/jpeg', LOOK_QUALITY) ?? ''
}

export async function shrink(file: File): Promise<Blob> {
  if (file.size <= LARGE_BYTES || !file.type.startsWith('image/')) return file
  const canvas = await drawn(file, MAX_PX)
  // What the browser cannot read, the office judges.
  if (!canvas) return file
  const small = await new Promise<Blob | null>((done) => {
    canvas.toBlob(done, 'image/jpeg', QUALITY)
  })
  // When and where it was taken stays with it.
  return small ? withExif(file, small) : file
}
