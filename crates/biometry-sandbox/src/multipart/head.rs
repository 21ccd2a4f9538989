//! The headers of one part.

use super::{Malformed, parameters};
use crate::text;

/// What a part says about itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PartHead {
    pub(crate) name: Option<String>,
    /// Present: the part is a file. Absent: it is a text field.
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
}

impl PartHead {
    /// Reads a head from its first line break to its empty line.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut head = Self::default();
        for line in text::decode(bytes).split("\r\n").filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or(Malformed)?;
            head.read(name, value.trim());
        }
        Ok(head)
    }

    fn read(&mut self, name: &str, value: &str) {
        if name.eq_ignore_ascii_case("content-type") {
            self.content_type = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("content-disposition") {
            let (_, parameters) = parameters::split(value);
            self.name = parameters::find(&parameters, "name").map(str::to_owned);
            self.file_name = parameters::file_name(&parameters);
        }
    }
}
