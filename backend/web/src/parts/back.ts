// Who did something, such as sending a case back, in words.
import { postName } from '@/state/names'
import { say } from '@/words'

export function sender(back: { post: string; person_name: string | null }): string {
  const post = postName(back.post)
  return back.person_name ? say('timeline.who', { post, name: back.person_name }) : post
}
