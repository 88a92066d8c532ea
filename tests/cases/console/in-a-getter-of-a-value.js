// expect value: { quiet: [Getter] }
({ get quiet() { console.log('called'); return 1 } })
