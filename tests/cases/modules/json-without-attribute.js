// expect error: TypeError: data.json is JSON and needs an attribute: import … with { type: "json" } (main.js:2:18)
import data from "./data.json";
data;
// file data.json
{}
