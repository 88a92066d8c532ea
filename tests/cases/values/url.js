// expect value: [
// expect value:   URL { href: 'https://example.com/a?b#c' },
// expect value:   URLSearchParams { query: 'a=1&b=2' }
// expect value: ]
[new URL("https://example.com/a?b#c"), new URLSearchParams("a=1&b=2")]
