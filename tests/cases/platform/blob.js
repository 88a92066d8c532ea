// expect value: abc
await new Blob(["ab", "c"]).text()
