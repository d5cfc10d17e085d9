// What a page is narrowed to stands in its address, so that it outlives a reload and is handed on.
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import { arrival } from './turning'

/** Writes what a page says of itself into its address, while one is on it; for a component's setup. */
export function useAddress(page: string, said: () => LocationQueryRaw): () => Promise<void> {
  const route = useRoute()
  const router = useRouter()
  return async () => {
    await arrival()
    if (route.name === page) await router.replace({ query: said() })
  }
}

/** Whether something is a day of the calendar as addresses write it: 2026-11-26. */
export function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(`${text}T`)
}
