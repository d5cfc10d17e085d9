// The pages. Hash addresses: the office serves one index.html and knows nothing of pages.
import { createRouter, createWebHashHistory } from 'vue-router'
import { home, maySee } from './nav'
import { resume } from './state/session'
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
    { path: '/report', name: 'report', component: () => import('./pages/ReportPage.vue') },
    { path: '/people', name: 'people', component: () => import('./pages/PeoplePage.vue') },
    { path: '/account', name: 'account', component: () => import('./pages/AccountPage.vue') },
    { path: '/:rest(.*)*', redirect: '/inbox' },
  ],
})

router.beforeEach(async (to) => {
  const signedIn = await resume().catch(() => false)
  if (to.name === 'login') return signedIn ? { name: home.value } : true
  if (!signedIn) return { name: 'login', query: { then: to.fullPath } }
  const open = to.name === 'account' || maySee(String(to.name))
  return open ? true : { name: home.value }
})
