// expect value: 10n
await 0; 10n
