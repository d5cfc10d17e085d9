import { expect, it, vi } from 'vitest'
import { createApp, defineComponent, h, ref } from 'vue'
import { useListBox } from '@/parts/useListBox'

const options = ref<string[]>([])
const take = vi.fn()

/** The list box of a component, for Vue knows none without. */
function made() {
  let box!: ReturnType<typeof useListBox<string>>
  const one = defineComponent(() => {
    box = useListBox(() => options.value, take)
    return () => h('div')
  })
  createApp(one).mount(document.createElement('div'))
  return box
}

const pressed = (key: string, more: KeyboardEventInit = {}) => new KeyboardEvent('keydown', { key, cancelable: true, ...more })

it('moves by arrows, round its ends, and Enter takes what is meant', () => {
  options.value = ['a', 'b', 'c']
  const box = made()
  expect(box.active.value).toBeUndefined()
  const at = (key: string) => (box.steps(pressed(key)), box.at.value)
  expect([at('ArrowUp'), at('ArrowDown'), at('ArrowDown'), at('ArrowUp'), at('ArrowUp')]).toEqual([2, 0, 1, 0, 2])
  expect(box.active.value).toBe(`${box.id}-2`)
  expect(box.enters(pressed('Enter'))).toBe(true)
  expect(take).toHaveBeenLastCalledWith('c')
})

it('leaves alone what is not its own: other keys, those of an input method, and Enter where there is nothing', () => {
  options.value = []
  take.mockClear()
  const box = made()
  const enter = pressed('Enter')
  expect([box.steps(pressed('x')), box.enters(enter), enter.defaultPrevented]).toEqual([false, false, false])
  options.value = ['a']
  const composing = { isComposing: true }
  expect([box.steps(pressed('ArrowDown', composing)), box.enters(pressed('Enter', composing))]).toEqual([false, false])
  expect(take).not.toHaveBeenCalled()
})
