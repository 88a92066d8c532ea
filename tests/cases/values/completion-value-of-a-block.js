// expect value: 2
if (true) { 1; 2 } else 3
