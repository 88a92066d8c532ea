//! `tests/cases/` in workers that compile nothing.

use jsrun_pool::{Pool, PoolConfig};
use jsrun_testkit::{Observed, all_cases};
use jsrun_types::{LayerState, RunRequest, SandboxLayer, Status};

use crate::fixture::{assert_works, config, run, run_request};

async fn jitless() -> Pool {
    Pool::start(PoolConfig { jitless: true, ..config() }).await.expect("the pool starts")
}

#[tokio::test]
async fn every_case_without_a_compiler() {
    let pool = jitless().await;
    let mut complaints = Vec::new();
    for case in all_cases() {
        // There is none.
        if case.request.code.contains("WebAssembly") || case.name.contains("wasm") {
            continue;
        }
        let (events, outcome) = run_request(&pool, case.request.clone()).await;
        complaints.extend(case.complaint(&Observed::new(&events, &outcome, &case.request.limits)));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    pool.close().await;
}

#[tokio::test]
async fn a_module_in_webassembly_is_refused() {
    let pool = jitless().await;
    let mut request = RunRequest::new("import { answer } from './answer.wasm'; answer");
    request.files.insert("answer.wasm".to_owned(), "AGFzbQEAAAA=".to_owned());
    let (_, outcome) = run_request(&pool, request).await;
    let Status::Error(exception) = outcome.status else { panic!("{outcome:?}") };
    assert_eq!(exception.headline(), "CompileError: answer.wasm: this runtime has no WebAssembly");
    assert_works(&pool).await;
    pool.close().await;
}

#[tokio::test]
async fn nothing_makes_memory_executable() {
    let pool = jitless().await;
    // The self-test has tried, or the layer would be missing.
    let report = pool.sandbox().expect("there is a sandbox");
    let filter = report.layers.iter().find(|report| report.layer == SandboxLayer::SystemCalls);
    let Some(LayerState::Holds(how)) = filter.map(|report| &report.state) else { panic!("{report:?}") };
    assert!(how.ends_with("no new memory is executable"), "{how}");
    let (_, outcome) = run(&pool, "typeof WebAssembly").await;
    let Status::Ok(value) = outcome.status else { panic!("{outcome:?}") };
    assert_eq!(value.to_text(), "undefined");
    // What would be compiled if it could: hot loops, regular expressions.
    let code =
        "let n = 0; for (let i = 0; i < 3e6; i++) n += i & 3; /^(a|b)*c$/.test('ab'.repeat(1000) + 'c') && n";
    let (_, outcome) = run(&pool, code).await;
    let Status::Ok(value) = outcome.status else { panic!("{outcome:?}") };
    assert_eq!(value.to_text(), "4500000");
    assert_works(&pool).await;
}
