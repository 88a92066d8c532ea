//! What the zygotes say of their workers' confinement, and what the log says of it.

use std::sync::{Arc, PoisonError, RwLock};

use jsrun_types::{LayerState, SandboxReport};

/// The newest zygote's report.
#[derive(Debug, Default)]
pub(crate) struct SandboxRecord {
    report: RwLock<Option<Arc<SandboxReport>>>,
}

impl SandboxRecord {
    pub(crate) fn get(&self) -> Option<Arc<SandboxReport>> {
        self.report.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a zygote's report. It is logged if it is the first or another than before.
    pub(crate) fn set(&self, report: Option<Arc<SandboxReport>>) {
        let mut record = self.report.write().unwrap_or_else(PoisonError::into_inner);
        if *record == report {
            return;
        }
        record.clone_from(&report);
        drop(record);
        if let Some(report) = report {
            log(&report);
        }
    }
}

fn log(report: &SandboxReport) {
    let layers = report.layers.iter().filter(|report| report.holds()).map(|report| report.layer.name());
    let layers = layers.collect::<Vec<_>>().join(", ");
    let shortcomings = report.shortcomings();
    if shortcomings.is_empty() {
        tracing::info!(%layers, "workers are sandboxed");
    } else {
        tracing::warn!(%layers, "workers are not sandboxed as they should be; `jsrun doctor` says what to do");
    }
    for report in &report.layers {
        if let LayerState::Missing(reason) = &report.state {
            // What is an extra is missing on most machines, and nothing to worry about.
            if report.layer.is_required() {
                tracing::warn!(layer = %report.layer, reason, "a required layer of the sandbox is missing");
            } else {
                tracing::info!(layer = %report.layer, reason, "an extra layer of the sandbox is missing");
            }
        }
    }
    for shortcoming in shortcomings {
        if !matches!(shortcoming, jsrun_types::Shortcoming::Layer { .. }) {
            tracing::warn!("{shortcoming}");
        }
    }
}
