// expect value: await
"await"
