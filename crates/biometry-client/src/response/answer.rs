//! A whole answer in memory, and the steps every endpoint takes with it.

use bytes::Bytes;
use http::StatusCode;

use super::Unparsable;
use super::failure;
use super::reply::{Meta, Reply};
use crate::json::{self, Object};
use crate::{Delivery, Error, ErrorKind};

/// What came back, bounded and complete.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) meta: Meta,
    pub(crate) body: Bytes,
    pub(crate) names_session: bool,
}

impl Answer {
    /// The reply, when the status is one of success and the body an object `parse` understands.
    pub(crate) fn parse<T>(
        self,
        parse: impl FnOnce(&Object) -> Result<T, Unparsable>,
    ) -> Result<Reply<T>, Error> {
        self.require_success()?;
        let value = json::read_object(&self.body).map_err(Unparsable::from).and_then(|object| parse(&object));
        match value {
            Ok(value) => Ok(Reply::new(value, self.meta)),
            Err(Unparsable) => Err(self.error(ErrorKind::Unparsable)),
        }
    }

    /// The error of this answer, unless its status is 200 or 201.
    ///
    /// No other status of success is known of the platform, so none is understood: a 202 or 206 in
    /// front of a pass would belong to another answer.
    fn require_success(&self) -> Result<(), Error> {
        match self.status {
            StatusCode::OK | StatusCode::CREATED => Ok(()),
            status => Err(self.error(failure::classify(status, &self.failure_texts(), self.names_session))),
        }
    }

    /// Whether the platform says that there is nothing, rather than that the key is no good.
    pub(crate) fn is_not_found(&self) -> bool {
        failure::classify(self.status, &self.failure_texts(), self.names_session) == ErrorKind::NotFound
    }

    /// The texts of a failing answer, lower-cased.
    pub(crate) fn failure_texts(&self) -> Vec<String> {
        failure::read_texts(&self.body)
    }

    /// The reply without looking at the body any further.
    pub(crate) fn with_value<T>(self, value: T) -> Reply<T> {
        Reply::new(value, self.meta)
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, Delivery::Answered).with_answer(self.status, self.meta.request_id.clone())
    }
}
