// expect value: { a: [Getter], b: [Setter], c: [Getter/Setter] }
({ get a() { throw 1; }, set b(v) {}, get c() { return 1; }, set c(v) {} })
