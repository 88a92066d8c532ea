// expect value: done
(async () => { await null; return "done"; })()
