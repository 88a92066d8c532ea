// expect value: [ 'function', 'function', true ]
[typeof URL.createObjectURL, typeof URL.revokeObjectURL, URL.createObjectURL(new Blob(["x"])).startsWith("blob:")]
