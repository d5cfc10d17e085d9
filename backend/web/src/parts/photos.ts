// Photos with what is known of them: when and by whom they came, and where they were taken.
import type { MediaRef, ShownProof, TimelineEntry } from '@/api/types'
import { when } from '@/format'
import { say } from '@/words'

export interface ShownPhoto extends MediaRef {
  at?: string
  who?: string | null
}

/** Kinds of photos that were taken once the work was done. */
export const AFTER = ['photo_done', 'photo_check']

/** The photos of an entry, with when it was and whose it is. */
export const photosOf = (entry: TimelineEntry): ShownPhoto[] =>
  (entry.media ?? [])
    .filter((one) => one.mime.startsWith('image/'))
    .map((one) => ({ ...one, at: entry.at, who: entry.person_name ?? null }))

/** How far from the case a photo was taken, and when. */
export function proved(proof: ShownProof): string {
  const where = proof.metres === null ? say('proof.in_cell') : say('proof.metres', { m: proof.metres })
  return say(proof.by_fix ? 'proof.fixed' : 'proof.taken', { where, at: when(proof.at) })
}

/** When a photo came, from whom, and where it was taken, as far as that is known. */
export const toldOf = (photo: ShownPhoto): string =>
  [photo.at && when(photo.at), photo.who, photo.proof && proved(photo.proof)].filter(Boolean).join(' · ')
