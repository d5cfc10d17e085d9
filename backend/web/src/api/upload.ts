// Sends one photo and says how far it is; fetch cannot tell, XMLHttpRequest can.
import { headers, refusal, troubleFrom } from './http'
import type { Attachment } from './types'

export interface Upload {
  done: Promise<Attachment>
  cancel: () => void
}

export function upload(file: Blob, kind: string, progress: (share: number) => void): Upload {
  const request = new XMLHttpRequest()
  const done = new Promise<Attachment>((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total)
    }
    request.onload = () => {
      const said: unknown = parse(request.responseText)
      if (request.status >= 200 && request.status < 300) resolve(said as Attachment)
      else reject(refusal(request.status, said))
    }
    request.onerror = () => reject(troubleFrom(0, null))
    request.onabort = () => reject(troubleFrom(0, { code: 'cancelled' }))
  })
  request.open('PUT', `/api/media?kind=${encodeURIComponent(kind)}`)
  for (const [name, value] of Object.entries(headers(true))) request.setRequestHeader(name, value)
  request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
  request.send(file)
  return { done, cancel: () => request.abort() }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
