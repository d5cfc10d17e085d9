// Sets theme and language before the first paint, so that nothing flashes.
;(() => {
  const root = document.documentElement
  const chosen = localStorage.getItem('hotline.theme')
  const wished = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  root.dataset.theme = chosen === 'light' || chosen === 'dark' ? chosen : wished
  if (localStorage.getItem('hotline.language') === 'en') root.lang = 'en'
})()
