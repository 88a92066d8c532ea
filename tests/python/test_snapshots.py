"""SnapshotBuilder."""

import pytest

import jsrun


@pytest.fixture(scope="module")
def snapshot():
    builder = jsrun.SnapshotBuilder(bootstrap="globalThis.base = 40")
    builder.execute_script("library.js", "function answer() { return base + 2 }")
    return builder.build()


def test_a_runtime_starts_from_it(snapshot):
    assert type(snapshot) is bytes
    config = jsrun.RuntimeConfig(snapshot=snapshot)
    assert config.snapshot == snapshot
    assert f"snapshot=<{len(snapshot)} bytes>" in repr(config)
    randoms = set()
    for _ in range(2):
        with jsrun.Runtime(config) as runtime:
            assert runtime.eval("answer()") == 42
            assert runtime.eval("typeof URL") == "undefined"
            assert runtime.eval("[typeof __host_op_sync__, typeof console]") == ["function", "object"]
            randoms.add(runtime.eval("Math.random()"))
    assert len(randoms) == 2


def test_building_one_leaves_other_runtimes_as_they_are():
    draws = set()
    with jsrun.Runtime() as before:
        for _ in range(2):
            jsrun.SnapshotBuilder(bootstrap="globalThis.drawn = Math.random()").build()
            draws.add(before.eval("Math.random()"))
            with jsrun.Runtime() as after:
                draws.add(after.eval("Math.random()"))
    assert len(draws) == 4


def test_snapshot_and_bootstrap_exclude_each_other(snapshot):
    with pytest.raises(ValueError, match="snapshot and bootstrap"):
        jsrun.RuntimeConfig(snapshot=snapshot, bootstrap="1")
    config = jsrun.RuntimeConfig(snapshot=snapshot)
    with pytest.raises(ValueError, match="snapshot and bootstrap"):
        config.bootstrap = "1"
    assert config.bootstrap is None


def test_bytes_that_are_none(snapshot):
    altered = bytearray(snapshot)
    altered[-1] ^= 1
    for wrong in [b"", b"nonsense", snapshot[:-1], snapshot[:50], bytes(altered)]:
        with pytest.raises(ValueError, match="the snapshot cannot be used"):
            jsrun.Runtime(jsrun.RuntimeConfig(snapshot=wrong))
    with pytest.raises(TypeError):
        jsrun.RuntimeConfig(snapshot="text")


def test_scripts_that_fail():
    builder = jsrun.SnapshotBuilder()
    builder.execute_script("bad.js", "throw new TypeError('no')")
    with pytest.raises(jsrun.JavaScriptError, match="TypeError: no"):
        builder.build()
    with pytest.raises(RuntimeError, match="has been built"):
        builder.build()
    with pytest.raises(RuntimeError, match="has been built"):
        builder.execute_script("late.js", "1")
