// Starts the console.
import './style/tokens.css'
import './style/base.css'
import './style/controls.css'
import './style/print.css'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './routes'
import { keepFocus } from './state/focus'
import { language, setLanguage } from './words'

setLanguage(language.value)
keepFocus()
createApp(App).use(router).mount('#app')
