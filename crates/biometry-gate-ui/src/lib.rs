//! The page's side of a step-up, embedded: plain ES modules without a build step or dependencies.
//!
//! The mounted routes serve the files below `{mount}/ui/`. One line in a page is enough, and every call that is refused
//! with `step-up-required` turns into dialog, camera, check and repeated call:
//!
//! ```html
//! <script type="module">
//!   import { fetch } from '/biometry/ui/step-up.js';
//! </script>
//! ```
//!
//! `step-up.js`, `step-up-dialog.js` and `biometry-scanner.js` have stable addresses. What they import lies in a folder
//! that is named after the content of all files, and may be cached for ever. The same files are an npm package: see the
//! folder `js`.
//!
//! Served are fewer files than the folder has: a dialog that is made of two loads sooner than one of thirty.
//!
//! [`respond`] is all that a host of its own making needs:
//!
//! ```
//! use biometry_gate_ui::respond;
//! use http::{Request, StatusCode};
//!
//! let (head, ()) = Request::get("/ui/step-up.js").body(())?.into_parts();
//! let response = respond(&head, "/ui/step-up.js").expect("a path below /ui");
//! assert_eq!(response.status(), StatusCode::OK);
//! assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
//! # Ok::<(), http::Error>(())
//! ```

mod files;
mod respond;

/// The build script's own modules, which cargo runs no tests in.
#[cfg(test)]
#[path = "../build/join.rs"]
mod join;
#[cfg(test)]
#[path = "../build/module.rs"]
mod module;
#[cfg(test)]
type Sources = std::collections::BTreeMap<String, String>;

pub use self::files::version;
pub use self::respond::respond;
