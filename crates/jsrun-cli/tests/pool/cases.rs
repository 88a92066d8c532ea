//! `tests/cases/` in workers: forked children under single-threaded V8.

use jsrun_testkit::{Observed, all_cases};

use crate::fixture::{pool, run_request};

#[tokio::test]
async fn every_case_in_a_worker_of_its_own() {
    let pool = pool().await;
    let mut complaints = Vec::new();
    for case in all_cases() {
        let (events, outcome) = run_request(&pool, case.request.clone()).await;
        complaints.extend(case.complaint(&Observed::new(&events, &outcome, &case.request.limits)));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    pool.close().await;
}
