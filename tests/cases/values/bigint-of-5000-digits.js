// expect value: 4001
(10n ** 4000n).toString().length
