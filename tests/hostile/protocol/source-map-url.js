// expect status: error
eval('throw new Error("x") //# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozfQ==')
