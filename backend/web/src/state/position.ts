// Where who works here stands: asked of the browser, by the office's clock.
import { officeNow } from '@/api/officeTime'
import type { Fix } from '@/api/types'
import type { Key } from '@/words'

/** So long it is waited for. One from before is no proof of where somebody stands now. */
const WAIT_MS = 20_000

/** Why there is no position; `key` says what to do. */
export class NoPosition extends Error {
  constructor(readonly key: Key) {
    super(key)
  }
}

const REASONS: Record<number, Key> = { 1: 'position.denied', 2: 'position.away', 3: 'position.slow' }

/** Gives where somebody stands now; NoPosition where the browser or they themselves do not say. */
export function locate(): Promise<Fix> {
  return new Promise((resolve, reject) => {
    if (!window.isSecureContext || !('geolocation' in navigator)) {
      reject(new NoPosition('position.none'))
      return
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) =>
        resolve({
          point: { lon: coords.longitude, lat: coords.latitude },
          accuracy: coords.accuracy,
          // How old it is, this machine's clock says well; what time it is, the office's.
          at: new Date(officeNow() - Math.max(0, Date.now() - timestamp)).toISOString(),
        }),
      (error) => reject(new NoPosition(REASONS[error.code] ?? 'position.away')),
      { enableHighAccuracy: true, maximumAge: 0, timeout: WAIT_MS },
    )
  })
}
