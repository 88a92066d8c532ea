"""JavaScript in Python: V8 with limits, async and streams.

>>> import jsrun
>>> with jsrun.Runtime() as runtime:
...     runtime.bind_function("add", lambda a, b: a + b)
...     runtime.eval("add(40, 2)")
42

A program whose values are few needs no runtime of its own:

>>> jsrun.eval("[1, 2, 3].map((n) => n * n)")
[1, 4, 9]
>>> jsrun.close_default_runtime()
"""

import atexit as _atexit
import os as _os

from ._default import (
    bind_function,
    bind_object,
    close_default_runtime,
    eval,
    eval_async,
    get_default_runtime,
)
from ._errors import JavaScriptError, RuntimeCrashed, RuntimeTerminated, RuntimeTimeout
from ._jsrun import (
    InspectorConfig,
    InspectorEndpoints,
    JsFunction,
    JsStream,
    JsUndefined,
    Pool,
    PoolStats,
    PyStreamSource,
    Runtime,
    RuntimeConfig,
    RuntimeStats,
    SnapshotBuilder,
    __version__,
    _after_fork,
    _close_all,
    undefined,
)

__all__ = [
    "InspectorConfig",
    "InspectorEndpoints",
    "JavaScriptError",
    "JsFunction",
    "JsStream",
    "JsUndefined",
    "Pool",
    "PoolStats",
    "PyStreamSource",
    "Runtime",
    "RuntimeConfig",
    "RuntimeCrashed",
    "RuntimeStats",
    "RuntimeTerminated",
    "RuntimeTimeout",
    "SnapshotBuilder",
    "__version__",
    "bind_function",
    "bind_object",
    "close_default_runtime",
    "eval",
    "eval_async",
    "get_default_runtime",
    "undefined",
]

# No thread of a runtime may call Python when the interpreter is gone.
_atexit.register(_close_all)
if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(after_in_child=_after_fork)
