// Who sent a case back, in words.
import type { CameBack } from '@/api/types'
import { named, say } from '@/words'

export function sender(back: CameBack): string {
  const post = named('post', back.post)
  return back.person_name ? say('timeline.who', { post, name: back.person_name }) : post
}
