// Sets the chosen theme and language before the first paint, so that nothing flashes.
;(() => {
  const root = document.documentElement
  const theme = localStorage.getItem('hotline.theme')
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
  if (localStorage.getItem('hotline.language') === 'en') root.lang = 'en'
})()
