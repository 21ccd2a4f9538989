//! `/api-projects/public/apikeys`.

use http::Method;

use super::{Call, Draft, Target};
use crate::Error;

pub(crate) fn info(target: Target<'_>) -> Result<Call, Error> {
    Draft::new("key_info", Method::GET, target, PATH)?.without_body()
}

const PATH: &str = "/api-projects/public/apikeys";

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;

    #[test]
    fn asks_about_the_calling_key() {
        let (base, key) = target();
        let request = info(Target { base: &base, key: &key }).unwrap().request;
        assert_eq!(
            (request.method(), request.uri().path()),
            (&Method::GET, "/prefix/api-projects/public/apikeys")
        );
    }
}
