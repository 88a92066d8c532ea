// expect error: TypeError: Failed to execute 'AbortSignal.timeout': Argument 1 is outside the accepted range of 0 to 9007199254740991, inclusive (main.js:2:13)
AbortSignal.timeout(-1)
