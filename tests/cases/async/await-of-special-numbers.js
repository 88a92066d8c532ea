// expect value: [ -0, NaN, 10n, undefined ]
[await -0, await NaN, await 10n, await undefined]
