// expect value: 3 deep
import data from "./data.json" with { type: "json" };
const dynamic = await import("./data.json", { with: { type: "json" } });
if (dynamic.default !== data) throw new Error("two of one");
`${data.list.length} ${data.nested.text}`;
// file data.json
{ "list": [1, 2, 3], "nested": { "text": "deep" } }
