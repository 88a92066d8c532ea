// expect error: InvalidCharacterError: Failed to decode base64 (main.js:2:1)
atob('*')
