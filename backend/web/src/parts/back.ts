// Who sent a case back, in words.
import type { Back } from '@/api/types'
import { named, say } from '@/words'

export function sender(back: Back): string {
  const post = named('post', back.post)
  return back.person_name ? say('timeline.who', { post, name: back.person_name }) : post
}
