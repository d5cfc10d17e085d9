// Who sent a case back, in words.
import { postName } from '@/state/names'
import type { CameBack } from '@/api/types'
import { say } from '@/words'

export function sender(back: CameBack): string {
  const post = postName(back.post)
  return back.person_name ? say('timeline.who', { post, name: back.person_name }) : post
}
