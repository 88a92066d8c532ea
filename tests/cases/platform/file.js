// expect value: File { name: 'a.txt', size: 1, type: 'text/plain', lastModified: 5 }
new File(["x"], "a.txt", { type: "text/plain", lastModified: 5 })
