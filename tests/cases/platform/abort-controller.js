// expect value: [ true, 'why' ]
const c = new AbortController(); c.abort("why"); [c.signal.aborted, c.signal.reason]
