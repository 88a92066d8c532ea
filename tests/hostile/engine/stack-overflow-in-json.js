// expect status: error | output | wall_time
let a = []; for (let i = 0; i < 1e6; i++) a = [a]; JSON.stringify(a)
