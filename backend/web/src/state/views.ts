// One's own saved views: lists with a name, each as it stands in the address, with its order and its columns.
import { computed, shallowRef, watch } from 'vue'
import { office } from '@/api/office'
import type { SavedView } from '@/api/types'
import { columnsKept } from './columns'
import { fromAddress, inAddress } from './filters'
import { sort } from './order'
import { me } from './session'

export const views = shallowRef<SavedView[]>([])

/** Asks for the views of who is signed in; a console without them works as ever. */
async function load(): Promise<void> {
  views.value = me.value?.permissions.includes('case.see') ? await office.views().catch(() => []) : []
}
watch(() => me.value?.person, load, { immediate: true })

/** The list as it stands now, as it is saved. */
export const standing = computed(() => {
  const parts = new URLSearchParams()
  for (const [name, value] of Object.entries(inAddress())) parts.set(name, String(value))
  parts.set('sort', sort.value)
  parts.set('columns', columnsKept())
  return parts.toString()
})

/** Narrows and orders the list as a view says; what means nothing any more narrows nothing. */
export function use(view: SavedView): void {
  fromAddress(Object.fromEntries(new URLSearchParams(view.query)))
}

export async function save(name: string): Promise<void> {
  await office.saveView(name, standing.value)
  await load()
}

export async function rename(view: SavedView, name: string): Promise<void> {
  views.value = await office.renameView(view.id, name)
}

export async function drop(view: SavedView): Promise<void> {
  views.value = await office.dropView(view.id)
}
