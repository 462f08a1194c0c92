//! What is logged, for tests that look at it. Edge.
//!
//! One listener for the whole process, that looks at single threads: what a thread alone listens to is lost where another
//! one came by first, while nobody listened.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

static LISTENER: Once = Once::new();

thread_local! {
    static HEARD: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct Ear;

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        HEARD.with_borrow_mut(|heard| heard.as_mut().map(|heard| heard.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Listens to what this thread logs from now on, at every level.
pub(crate) fn listen() {
    LISTENER.call_once(|| {
        let of_this_thread = dynamic_filter_fn(|_, _| HEARD.with_borrow(Option::is_some));
        let lines = tracing_subscriber::fmt::layer().with_writer(|| Ear).with_ansi(false);
        tracing_subscriber::registry().with(lines.with_filter(of_this_thread)).init();
    });
    HEARD.with_borrow_mut(|heard| *heard = Some(Vec::new()));
}

/// What was heard on this thread since it began to listen; it goes on.
pub(crate) fn heard() -> String {
    HEARD.with_borrow(|heard| String::from_utf8_lossy(heard.as_deref().unwrap_or_default()).into_owned())
}
