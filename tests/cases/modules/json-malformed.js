// expect error: SyntaxError: data.json: Expected property name or '}' in JSON at position 2 (line 1 column 3) (data.json:1:1)
import data from "./data.json" with { type: "json" };
data;
// file data.json
{ oops }
