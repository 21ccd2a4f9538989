use std::collections::VecDeque;

use httparse::{EMPTY_HEADER, Header, Response, Status};

use super::chunks::{Chunks, Stop};
use super::head::{Asked, MOST_FIELDS, parse_length, values};

/// Follows the answers of one HTTP/1 connection, so that it is known which requests are still waiting for theirs.
#[derive(Debug, Default)]
pub(super) struct Answers {
    place: Place,
    /// Of the newest answer that is no interim one.
    status: Option<u16>,
}

/// Where in a connection the next byte that the server writes belongs.
#[derive(Debug)]
enum Place {
    /// In a head, of which so much has been written.
    Head(Vec<u8>),
    Length(u64),
    Chunks(Chunks),
    /// In a body that ends with the connection, or in what cannot be read.
    ToTheEnd,
}

impl Default for Place {
    fn default() -> Self {
        Self::Head(Vec::new())
    }
}

impl Answers {
    /// Whether the next byte begins an answer.
    pub(super) fn is_between(&self) -> bool {
        matches!(&self.place, Place::Head(head) if head.is_empty())
    }

    /// The status of the newest answer.
    pub(super) fn status(&self) -> Option<u16> {
        self.status
    }

    /// These bytes have been written. Takes off the list what they answer to the end.
    pub(super) fn follow(&mut self, mut bytes: &[u8], unanswered: &mut VecDeque<Asked>) {
        while !bytes.is_empty() {
            let taken = match &mut self.place {
                Place::Head(_) => self.follow_head(bytes, unanswered),
                Place::Length(left) => {
                    let step = (*left).min(bytes.len() as u64);
                    *left -= step;
                    let is_over = *left == 0;
                    self.end_if(is_over, unanswered);
                    // INVARIANT: a step is no longer than the slice.
                    step as usize
                }
                Place::Chunks(chunks) => {
                    let (taken, stop) = chunks.follow(bytes);
                    match stop {
                        Some(Stop::Malformed) => self.place = Place::ToTheEnd,
                        stop => self.end_if(stop.is_some(), unanswered),
                    }
                    taken
                }
                Place::ToTheEnd => return,
            };
            bytes = bytes.get(taken..).unwrap_or_default();
        }
    }

    fn follow_head(&mut self, bytes: &[u8], unanswered: &mut VecDeque<Asked>) -> usize {
        let Place::Head(written) = &mut self.place else { return 0 };
        let before = written.len();
        written.extend_from_slice(bytes);
        let mut headers = [EMPTY_HEADER; MOST_FIELDS];
        let mut response = Response::new(&mut headers);
        let length = match response.parse(written) {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) if written.len() <= LONGEST => return bytes.len(),
            _ => {
                self.place = Place::ToTheEnd;
                return bytes.len();
            }
        };
        let status = response.code.unwrap_or_default();
        let place = if is_interim(status) {
            Place::default()
        } else {
            self.status = Some(status);
            body(status, response.headers, unanswered.front())
        };
        self.place = place;
        let is_over = !is_interim(status) && matches!(self.place, Place::Length(0));
        self.end_if(is_over, unanswered);
        length.saturating_sub(before)
    }

    fn end_if(&mut self, is_over: bool, unanswered: &mut VecDeque<Asked>) {
        if is_over {
            unanswered.pop_front();
            self.place = Place::default();
        }
    }
}

/// Where an answer's body ends (RFC 9112, section 6.3).
fn body(status: u16, fields: &[Header<'_>], asked: Option<&Asked>) -> Place {
    let has_none = matches!(status, 204 | 304) || asked.is_some_and(|asked| asked.is_head);
    if has_none {
        return Place::Length(0);
    }
    if values(fields, "transfer-encoding").next().is_some() {
        return Place::Chunks(Chunks::START);
    }
    values(fields, "content-length").next().and_then(parse_length).map_or(Place::ToTheEnd, Place::Length)
}

/// Whether an answer is followed by another one to the same request. After 101 the connection is something else.
fn is_interim(status: u16) -> bool {
    (100..200).contains(&status) && status != 101
}

const LONGEST: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strict_http::head::Wish;

    const GET: Asked = Asked { is_head: false, wish: Wish::Nothing };
    const HEAD: Asked = Asked { is_head: true, wish: Wish::Nothing };

    /// How many requests are unanswered behind these writes.
    fn left(asked: &[Asked], writes: &[&[u8]]) -> usize {
        let (mut answers, mut unanswered) = (Answers::default(), asked.iter().copied().collect());
        writes.iter().for_each(|bytes| answers.follow(bytes, &mut unanswered));
        unanswered.len()
    }

    const ANSWERS: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi\
        HTTP/1.1 401 Unauthorized\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\
        HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n";

    #[test]
    fn each_answer_takes_its_request_off_the_list_however_it_is_cut() {
        let asked = [GET, GET, GET, HEAD];
        assert_eq!(left(&asked, &[ANSWERS]), 0);
        let bytes: Vec<_> = ANSWERS.chunks(1).collect();
        assert_eq!(left(&asked, &bytes), 0);
        assert_eq!(left(&asked, &[&ANSWERS[..ANSWERS.len() - 1]]), 1);
        assert_eq!(left(&[GET, GET], &[&ANSWERS[..25]]), 2, "an interim answer is none");
    }

    #[test]
    fn an_answer_without_an_end_goes_on_to_the_end() {
        assert_eq!(left(&[GET], &[b"HTTP/1.1 200 OK\r\n\r\nall of it"]), 1);
        assert_eq!(left(&[GET], &[b"nonsense\r\n\r\n"]), 1);
    }
}
