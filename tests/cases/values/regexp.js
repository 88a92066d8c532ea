// expect value: /a+b/gi
/a+b/gi
