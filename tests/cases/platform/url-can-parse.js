// expect value: true false null
`${URL.canParse('/x', 'https://a.b')} ${URL.canParse('/x')} ${URL.parse('::')}`
