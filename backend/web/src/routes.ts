// The pages. Hash addresses: the office serves one index.html and knows nothing of pages.
import {
  createRouter,
  createWebHashHistory,
  type RouteLocationNormalized,
  type RouteLocationRaw,
} from 'vue-router'
import { home, mayStay } from './nav'
import { fromAddress, inAddress } from './state/filters'
import { me, resume } from './state/session'
import { watchTurns } from './state/turning'
import InboxPage from './pages/InboxPage.vue'
import LoginPage from './pages/LoginPage.vue'

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: '/inbox' },
    { path: '/login', name: 'login', component: LoginPage },
    { path: '/inbox/:number(\\d+)?', name: 'inbox', component: InboxPage },
    { path: '/map', name: 'map', component: () => import('./pages/MapPage.vue') },
    { path: '/calls', name: 'calls', component: () => import('./pages/CallsPage.vue') },
    { path: '/notices', name: 'notices', component: () => import('./pages/NoticesPage.vue') },
    { path: '/health', name: 'health', component: () => import('./pages/HealthPage.vue') },
    { path: '/call/:key', name: 'call', component: () => import('./pages/CallPage.vue') },
    { path: '/room/:tab(floor|alarms|back|bulletins|nuisance|figures|try)?', name: 'room', component: () => import('./pages/RoomPage.vue') },
    { path: '/report', name: 'report', component: () => import('./pages/ReportPage.vue') },
    { path: '/knowledge/:article([a-z0-9_-]+)?', name: 'knowledge', component: () => import('./pages/KnowledgePage.vue') },
    { path: '/people', name: 'people', component: () => import('./pages/PeoplePage.vue') },
    { path: '/audit', name: 'audit', component: () => import('./pages/AuditPage.vue') },
    { path: '/privacy', name: 'privacy', component: () => import('./pages/PrivacyPage.vue') },
    { path: '/account', name: 'account', component: () => import('./pages/AccountPage.vue') },
    { path: '/:rest(.*)*', redirect: '/inbox' },
  ],
})

watchTurns(router)

let whose: string | null = null

router.beforeEach(async (to) => {
  const signedIn = await resume().catch(() => false)
  if (to.name === 'login') return signedIn ? { name: home.value } : true
  if (!signedIn) return { name: 'login', query: { then: to.fullPath } }
  if (!mayStay(String(to.name))) return { name: home.value }
  return to.name === 'inbox' ? keepFilters(to) : true
})

/** The list's filters: from the address that is gone to, or into one that names none. */
function keepFilters(to: RouteLocationNormalized): true | RouteLocationRaw {
  const named = Object.keys(to.query).length > 0
  if (named || whose !== me.value?.person) {
    whose = me.value?.person ?? null
    fromAddress(to.query)
    return true
  }
  const query = inAddress()
  return Object.keys(query).length > 0 ? { path: to.path, query } : true
}
