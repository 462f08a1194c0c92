//! What the page consists of besides its HTML: parts of the program, under addresses that change with their content. Pure.

/// A file that is served as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Where it is served.
    pub path: &'static str,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// What it says.
    pub text: &'static str,
}

/// How the page looks.
pub const STYLE: Asset =
    Asset { path: "/status/style.css", content_type: "text/css; charset=utf-8", text: include_str!("style.css") };

/// What keeps it up to date.
pub const SCRIPT: Asset =
    Asset { path: "/status/live.js", content_type: "text/javascript; charset=utf-8", text: include_str!("live.js") };

/// Its sign in a row of tabs.
pub const ICON: Asset =
    Asset { path: "/status/icon.svg", content_type: "image/svg+xml", text: include_str!("icon.svg") };

/// All of them.
pub const ALL: [Asset; 3] = [STYLE, SCRIPT, ICON];

/// What a browser may do with the page: load these files, ask this process, and nothing else.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

impl Asset {
    /// Its address: another content has another one, so that it may be kept for ever.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}?{:016x}", self.path, xxhash_rust::xxh64::xxh64(self.text.as_bytes(), 0))
    }
}
