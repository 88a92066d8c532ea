// expect error: Problem: p (main.js:3:1)
class Problem extends Error { name = "Problem"; }
throw new Problem("p")
