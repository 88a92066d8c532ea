//! The page, from the binary.

mod assets;
mod index;

use axum::Router;
use axum::routing::get;
use rust_embed::RustEmbed;
use tower_http::compression::CompressionLayer;

use crate::AppState;

/// The built page, embedded in debug builds too.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct PageFiles;

/// The page and, where no route is, its files. Nothing here is secret, so that compression gives nothing away.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(index::index))
        .route("/index.html", get(index::index))
        .fallback(assets::asset)
        .layer(CompressionLayer::new())
}
