// expect error: Error: column (main.js:2:8)
'😀é'; throw new Error('column')
