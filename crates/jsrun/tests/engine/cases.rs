//! `tests/cases/` through the engine.

use jsrun_testkit::{Observed, all_cases};

use crate::support;

#[test]
fn every_case_on_a_runtime_of_its_own() {
    let complaints: Vec<String> = all_cases()
        .iter()
        .filter_map(|case| {
            let (events, outcome) = support::run(&support::runtime(), case.request.clone());
            case.complaint(&Observed::new(&events, &outcome, &case.request.limits))
        })
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
