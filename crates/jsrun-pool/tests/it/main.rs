//! A pool whose zygote cannot be one. Pools with real workers are tested beside the `jsrun` binary.

use jsrun_pool::{Pool, PoolConfig, PoolError};

#[tokio::test]
async fn a_program_that_is_not_there_is_an_error() {
    let error =
        Pool::start(PoolConfig::new("/nonexistent/jsrun")).await.expect_err("there is no such program");
    let PoolError::Start { program, source } = error else { panic!("{error}") };
    assert_eq!(program, "/nonexistent/jsrun");
    assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn a_program_that_is_no_zygote_is_an_error() {
    for program in ["true", "false", "echo"] {
        let error = Pool::start(PoolConfig::new(program)).await.expect_err("these end at once");
        assert!(matches!(error, PoolError::Start { .. }), "{program}: {error}");
    }
}
