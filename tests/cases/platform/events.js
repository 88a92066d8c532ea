// expect value: 9
const t = new EventTarget(); let got; t.addEventListener("x", (e) => { got = e.detail; }); t.dispatchEvent(new CustomEvent("x", { detail: 9 })); got
