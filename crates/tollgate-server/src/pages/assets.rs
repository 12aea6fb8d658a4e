//! `GET /assets/…`: styles and scripts, each under a name that changes with its content, so that
//! browsers keep it for ever.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// A file within the program.
#[derive(Debug)]
struct Asset {
    name: String,
    kind: &'static str,
    content: &'static str,
}

/// How many digits of the content's hash stand in the name.
const DIGITS: usize = 12;

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "pages",
        "css",
        "text/css; charset=utf-8",
        include_str!("../../assets/pages.css"),
    )
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "pages",
        "js",
        "text/javascript; charset=utf-8",
        include_str!("../../assets/pages.js"),
    )
});

static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "icon",
        "svg",
        "image/svg+xml",
        include_str!("../../assets/icon.svg"),
    )
});

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, content: &'static str) -> Self {
        let digest = hex::encode(Sha256::digest(content));
        Self {
            name: format!("{stem}.{}.{ending}", &digest[..DIGITS]),
            kind,
            content,
        }
    }

    fn path(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

/// Where the style of all pages is.
pub fn style() -> String {
    STYLE.path()
}

/// Where the script of all pages is.
pub fn script() -> String {
    SCRIPT.path()
}

/// Where the sign is that stands in the tab.
pub fn icon() -> String {
    ICON.path()
}

/// A style, a script or a sign.
pub async fn serve(Path(name): Path<String>) -> Response {
    let Some(asset) = [&*STYLE, &*SCRIPT, &*ICON]
        .into_iter()
        .find(|asset| asset.name == name)
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, asset.kind),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.content).into_response()
}
