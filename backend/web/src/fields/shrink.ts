// Makes a large photo small enough for a phone's uplink; small ones go as they are, place and all.

const LARGE_BYTES = 1_500_000
const LONGEST_PX = 1_600
const QUALITY = 0.82

export async function shrink(file: File): Promise<Blob> {
  if (file.size <= LARGE_BYTES || !file.type.startsWith('image/')) return file
  const bitmap = await createImageBitmap(file).catch(() => null)
  // What the browser cannot read, the office judges.
  if (!bitmap) return file
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(bitmap.width * scale)
  canvas.height = Math.round(bitmap.height * scale)
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  const small = await new Promise<Blob | null>((done) => {
    canvas.toBlob(done, 'image/jpeg', QUALITY)
  })
  return small ?? file
}
