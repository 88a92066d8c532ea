// expect error: DataCloneError: () => {} could not be cloned. (main.js:2:1)
structuredClone(() => {})
