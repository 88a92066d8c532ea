// expect value: grüße
new TextDecoder().decode(new TextEncoder().encode("grüße"))
