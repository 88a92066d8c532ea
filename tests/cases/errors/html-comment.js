// expect value: 2
1 <!-- a comment in a script
+ 1
