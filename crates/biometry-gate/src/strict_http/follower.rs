use std::collections::VecDeque;

use super::chunks::{Chunks, Stop};
use super::head::{Asked, Body, Head, Why, Wish, read};

/// Follows the requests of one connection, from head to head.
#[derive(Debug)]
pub(super) struct Follower {
    place: Place,
    is_first: bool,
    /// The requests whose heads were passed and whose answers have not ended, the oldest first.
    unanswered: VecDeque<Asked>,
    /// How much of the head at hand has been looked at in vain.
    searched: usize,
}

/// Where in a connection its next byte belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Head,
    Length(u64),
    Chunks(Chunks),
    /// HTTP/2.
    Frames,
    /// All bytes pass unread.
    Beyond,
}

/// What is to be done with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// So many are fine.
    Pass(usize),
    /// So many are fine, once an upgrade that the server does not grant is forgotten.
    PassWithoutUpgrade(usize),
    /// None yet: the head goes on.
    Wait,
    /// So many are fine, and nothing may come behind them.
    Last(usize),
    /// None: the request is refused, and nothing may come behind.
    Refuse(Why),
}

impl Follower {
    pub(super) fn new() -> Self {
        Self { place: Place::Head, is_first: true, unanswered: VecDeque::new(), searched: 0 }
    }

    /// Whether bytes are collected until a head is whole.
    pub(super) fn is_in_head(&self) -> bool {
        self.place == Place::Head
    }

    /// Whether a request's body is under way.
    pub(super) fn is_in_body(&self) -> bool {
        matches!(self.place, Place::Length(_) | Place::Chunks(_))
    }

    /// Whether the connection speaks HTTP/2.
    pub(super) fn is_in_frames(&self) -> bool {
        self.place == Place::Frames
    }

    /// What is known to be left of the body that is under way.
    pub(super) fn left(&self) -> Option<u64> {
        match self.place {
            Place::Length(left) => Some(left),
            _ => None,
        }
    }

    /// The requests that wait for the end of their answers.
    pub(super) fn unanswered(&mut self) -> &mut VecDeque<Asked> {
        &mut self.unanswered
    }

    /// Whether an answer that begins now comes before the end of its own request.
    pub(super) fn is_interrupted(&self) -> bool {
        self.is_in_body() && self.unanswered.len() == 1
    }

    /// Whether nothing is under way between two requests.
    pub(super) fn is_at_rest(&self) -> bool {
        self.place == Place::Head && self.unanswered.is_empty()
    }

    /// Whether an answer that begins now is followed as one.
    pub(super) fn is_http1(&self) -> bool {
        !matches!(self.place, Place::Frames | Place::Beyond)
    }

    /// Drops bytes of the body that is under way. Answers whether it is over.
    pub(super) fn skip(&mut self, mut bytes: &[u8]) -> bool {
        while self.is_in_body() && !bytes.is_empty() {
            match self.judge(bytes) {
                Judgement::Pass(length) if length > 0 => bytes = &bytes[length..],
                _ => return true,
            }
        }
        !self.is_in_body()
    }

    /// Judges bytes, at least one: all that have arrived and were not passed before.
    pub(super) fn judge(&mut self, bytes: &[u8]) -> Judgement {
        match &mut self.place {
            Place::Head => self.judge_head(bytes),
            Place::Length(left) => {
                let passed = (*left).min(bytes.len() as u64);
                *left -= passed;
                if *left == 0 {
                    self.place = Place::Head;
                }
                // INVARIANT: no more is passed than there is.
                Judgement::Pass(passed as usize)
            }
            Place::Chunks(chunks) => match chunks.follow(bytes) {
                (taken, None) => Judgement::Pass(taken),
                // The byte that belongs nowhere stays out: to the server the body breaks off in front of it.
                (taken, Some(Stop::Malformed)) => Judgement::Last(taken.saturating_sub(1)),
                (taken, Some(Stop::End)) => {
                    self.place = Place::Head;
                    Judgement::Pass(taken)
                }
            },
            Place::Frames | Place::Beyond => Judgement::Pass(bytes.len()),
        }
    }

    /// The server begins to answer with these bytes. Answers whether the connection changes hands with them.
    pub(super) fn is_handed_over(&mut self, answer: &[u8]) -> bool {
        let is_granted = match self.unanswered.front().map(|asked| asked.wish) {
            None | Some(Wish::Nothing | Wish::OldHttp2) => false,
            Some(Wish::Upgrade) => answer.starts_with(b"HTTP/1.1 101"),
            Some(Wish::Tunnel) => answer.starts_with(b"HTTP/1.1 2"),
        };
        if is_granted {
            self.place = Place::Beyond;
            self.unanswered.clear();
        }
        is_granted
    }

    fn judge_head(&mut self, bytes: &[u8]) -> Judgement {
        if self.is_first && PREFACE.starts_with(&bytes[..bytes.len().min(PREFACE.len())]) {
            if bytes.len() < PREFACE.len() {
                return Judgement::Wait;
            }
            self.place = Place::Frames;
            return Judgement::Pass(PREFACE.len());
        }
        if !self.may_end(bytes) {
            return if bytes.len() > LONGEST { Judgement::Refuse(Why::End) } else { Judgement::Wait };
        }
        match read(bytes) {
            Head::Partial if bytes.len() > LONGEST => Judgement::Refuse(Why::End),
            Head::Partial => Judgement::Wait,
            Head::Unreadable => Judgement::Last(bytes.len()),
            Head::Refused(why) => Judgement::Refuse(why),
            Head::Clear { length, body, asked } => {
                (self.is_first, self.searched) = (false, 0);
                self.unanswered.push_back(asked);
                self.place = match body {
                    Body::Length(0) => Place::Head,
                    Body::Length(length) => Place::Length(length),
                    Body::Chunks => Place::Chunks(Chunks::START),
                };
                match asked.wish {
                    Wish::OldHttp2 => Judgement::PassWithoutUpgrade(length),
                    _ => Judgement::Pass(length),
                }
            }
        }
    }

    /// Whether there is an empty line that has not been looked at: parsing a head anew for each byte of it is what a
    /// slow client would like.
    fn may_end(&mut self, bytes: &[u8]) -> bool {
        let from = self.searched.saturating_sub(3);
        self.searched = bytes.len();
        let new = &bytes[from..];
        let mut ends = new.windows(2).enumerate().filter(|(_, pair)| pair[0] == b'\n');
        ends.any(|(at, pair)| pair[1] == b'\n' || new[at + 1..].starts_with(b"\r\n"))
    }
}

/// RFC 9113, section 3.4.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of a head. Proxies and browsers stay far below.
const LONGEST: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    /// Judges pieces as a stream would; answers what passes, and how it ended.
    fn pass(pieces: &[&[u8]]) -> (Vec<u8>, Judgement) {
        let mut follower = Follower::new();
        let (mut held, mut passed, mut last) = (Vec::new(), Vec::new(), Judgement::Wait);
        for piece in pieces {
            held.extend_from_slice(piece);
            while !held.is_empty() {
                last = follower.judge(&held);
                match last {
                    Judgement::Pass(length) | Judgement::PassWithoutUpgrade(length) => {
                        passed.extend(held.drain(..length));
                    }
                    Judgement::Wait => break,
                    Judgement::Last(length) => {
                        passed.extend(held.drain(..length));
                        return (passed, last);
                    }
                    Judgement::Refuse(_) => return (passed, last),
                }
            }
        }
        (passed, last)
    }

    const REQUESTS: &[u8] = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab\n\ncPOST /b HTTP/1.1\r\n\
        Host: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab\n\n\r\n0\r\n\r\nGET /c HTTP/1.1\nHost: x\n\n\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n";
    const AMBIGUOUS: &[u8] =
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n";

    #[test]
    fn requests_behind_each_other_pass_unchanged_however_they_are_cut() {
        assert_eq!(pass(&[REQUESTS]).0, REQUESTS);
        for at in 0..REQUESTS.len() {
            let (one, other) = REQUESTS.split_at(at);
            assert_eq!(pass(&[one, other]).0, REQUESTS, "{at}");
        }
        let bytes: Vec<_> = REQUESTS.chunks(1).collect();
        assert_eq!(pass(&bytes).0, REQUESTS);
    }

    #[test]
    fn nothing_of_an_ambiguous_request_passes_however_it_is_cut() {
        let both = [REQUESTS, AMBIGUOUS].concat();
        for at in 0..both.len() {
            let (one, other) = both.split_at(at);
            assert_eq!(pass(&[one, other]), (REQUESTS.to_vec(), Judgement::Refuse(Why::End)), "{at}");
        }
    }

    #[test]
    fn http_2_passes_from_its_first_byte_to_its_last() {
        let all = [PREFACE, b"\0\0\0\x04\0\0\0\0\0", AMBIGUOUS].concat();
        let bytes: Vec<_> = all.chunks(1).collect();
        assert_eq!(pass(&[&all]).0, all);
        assert_eq!(pass(&bytes).0, all);
        assert_eq!(pass(&[b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", PREFACE]).1, Judgement::Last(PREFACE.len()));
    }

    #[test]
    fn a_head_without_an_end_is_refused() {
        let long = [b"GET / HTTP/1.1\r\nX: ", &vec![b'y'; LONGEST][..]].concat();
        assert_eq!(pass(&[&long]).1, Judgement::Refuse(Why::End));
    }

    #[test]
    fn a_request_for_no_host_is_refused_for_that() {
        assert_eq!(pass(&[b"GET / HTTP/1.1\r\n\r\n"]).1, Judgement::Refuse(Why::Host));
    }

    #[test]
    fn what_is_left_of_a_body_is_dropped_and_nothing_behind_it() {
        for (head, body) in [
            (&b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"[..], &b"123456789"[..]),
            (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
        ] {
            let mut follower = Follower::new();
            follower.judge(head);
            assert!(follower.is_interrupted());
            let (last, start) = body.split_last().expect("a body");
            assert!(start.iter().all(|byte| !follower.skip(&[*byte])));
            assert!(follower.skip(&[*last, b'G']), "what is behind is another request");
        }
    }

    #[test]
    fn only_what_the_server_hands_over_is_left_alone() {
        let head = b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
        let mut follower = Follower::new();
        assert_eq!(follower.judge(head), Judgement::Pass(head.len()));
        assert!(!follower.is_handed_over(b"HTTP/1.1 200 OK\r\n\r\n"));
        assert_eq!(follower.judge(AMBIGUOUS), Judgement::Refuse(Why::End));

        let mut follower = Follower::new();
        follower.judge(head);
        assert!(follower.is_handed_over(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"));
        assert_eq!(follower.judge(AMBIGUOUS), Judgement::Pass(AMBIGUOUS.len()));
    }
}
