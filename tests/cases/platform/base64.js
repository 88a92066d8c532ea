// expect value: hello
atob(btoa("hello"))
