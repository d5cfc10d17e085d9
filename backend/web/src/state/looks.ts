// Theme and single-key shortcuts, as this browser wants them.
import { computed, ref, watch } from 'vue'

export type Theme = 'auto' | 'light' | 'dark'

const said = localStorage.getItem('hotline.theme')
export const theme = ref<Theme>(said === 'light' || said === 'dark' ? said : 'auto')

const wish = window.matchMedia('(prefers-color-scheme: dark)')
const systemDark = ref(wish.matches)
wish.addEventListener('change', (event) => (systemDark.value = event.matches))

export const dark = computed(() =>
  theme.value === 'auto' ? systemDark.value : theme.value === 'dark',
)

watch(theme, (chosen) => {
  if (chosen === 'auto') localStorage.removeItem('hotline.theme')
  else localStorage.setItem('hotline.theme', chosen)
})
watch(dark, (is) => (document.documentElement.dataset['theme'] = is ? 'dark' : 'light'), {
  immediate: true,
})

/** Single-key shortcuts can be switched off (WCAG 2.1.4). */
export const shortcuts = ref(localStorage.getItem('hotline.shortcuts') !== 'off')
watch(shortcuts, (on) => localStorage.setItem('hotline.shortcuts', on ? 'on' : 'off'))

/** Whether there is a keyboard to hint at: a finger on a screen has none. */
const fingers = window.matchMedia('(hover: none) and (pointer: coarse)')
export const touch = ref(fingers.matches)
fingers.addEventListener('change', (event) => (touch.value = event.matches))

/** Whether letters stand on the buttons that they press. */
export const lettered = computed(() => shortcuts.value && !touch.value)

const narrow = window.matchMedia('(max-width: 899px)')
export const phone = ref(narrow.matches)
narrow.addEventListener('change', (event) => (phone.value = event.matches))

export const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches
