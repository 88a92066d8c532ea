// expect value: 7
new URLPattern({ pathname: "/users/:id" }).exec("https://x.test/users/7").pathname.groups.id
