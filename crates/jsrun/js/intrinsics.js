// Gathers what V8 has no other door to, for the engine and before any program. Evaluated last when the startup snapshot is made,
// while an error's `stack` is the array of its call sites.
{
  const internal = globalThis.__jsrun;
  // V8 adds it when it starts from a snapshot, and takes no stack without.
  Error.stackTraceLimit = 1;
  const callSite = Object.getPrototypeOf(new Error().stack[0]);
  delete Error.stackTraceLimit;
  globalThis.__jsrun = {
    __proto__: null,
    intrinsics: {
      __proto__: null,
      ...internal,
      ...internal.streams,
      callSiteGetColumn: callSite.getColumnNumber,
      callSiteGetFileName: callSite.getFileName,
      callSiteGetLine: callSite.getLineNumber,
      callSiteGetScriptName: callSite.getScriptNameOrSourceURL,
      callSiteToString: callSite.toString,
      errorConstructor: Error,
      errorStackGetter: Object.getOwnPropertyDescriptor(new Error(), "stack")?.get,
      functionToString: Function.prototype.toString,
      objectPrototype: Object.prototype,
      // In the order of `READ_OF_REGEXPS` in src/debugger_console.rs.
      regexpGetters: [
        "source",
        "flags",
        "hasIndices",
        "global",
        "ignoreCase",
        "multiline",
        "dotAll",
        "unicode",
        "unicodeSets",
        "sticky",
      ].map((name) => Object.getOwnPropertyDescriptor(RegExp.prototype, name).get),
    },
  };
}
