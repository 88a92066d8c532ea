// expect status: error
new ShadowRealm()
