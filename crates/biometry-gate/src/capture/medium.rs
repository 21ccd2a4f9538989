use super::sniff::Container;

/// What a field's file shows. It decides which containers the field takes, and how they are labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    /// A video of the person speaking.
    Video,
    /// The person's voice: a recording, or a video of the person speaking.
    Voice,
    /// A picture of a face or of a document.
    Picture,
}

/// A container, and the media type under which each medium goes to the platform in it.
struct Row {
    container: Container,
    video: Option<&'static str>,
    voice: Option<&'static str>,
    picture: Option<&'static str>,
    /// Whether only hosts that ask for it take it.
    is_optional: bool,
}

impl Medium {
    /// The media type of a container in a field of this kind, where the field takes it.
    pub(crate) fn label(self, container: Container, with_optional: bool) -> Option<&'static str> {
        let row = TABLE.iter().find(|row| row.container == container)?;
        row.label(self, with_optional)
    }

    /// The media types that a field of this kind takes.
    pub(crate) fn accepted(self, with_optional: bool) -> Vec<&'static str> {
        let mut labels: Vec<_> = TABLE.iter().filter_map(|row| row.label(self, with_optional)).collect();
        labels.dedup();
        labels
    }
}

impl Row {
    fn label(&self, medium: Medium, with_optional: bool) -> Option<&'static str> {
        if self.is_optional && !with_optional {
            return None;
        }
        match medium {
            Medium::Video => self.video,
            Medium::Voice => self.voice,
            Medium::Picture => self.picture,
        }
    }
}

const fn film(container: Container, video: &'static str, voice: &'static str) -> Row {
    Row { container, video: Some(video), voice: Some(voice), picture: None, is_optional: false }
}

const fn sound(container: Container, voice: &'static str) -> Row {
    Row { container, video: None, voice: Some(voice), picture: None, is_optional: false }
}

const fn picture(container: Container, picture: &'static str) -> Row {
    Row { container, video: None, voice: None, picture: Some(picture), is_optional: false }
}

/// The same table, with who records what, stands in the manual.
const TABLE: &[Row] = &[
    film(Container::Mp4, "video/mp4", "audio/mp4"),
    sound(Container::M4a, "audio/mp4"),
    film(Container::QuickTime, "video/quicktime", "audio/quicktime"),
    film(Container::WebM, "video/webm", "audio/webm"),
    Row { is_optional: true, ..film(Container::Matroska, "video/x-matroska", "audio/x-matroska") },
    sound(Container::Wav, "audio/wav"),
    sound(Container::Rf64, "audio/wav"),
    sound(Container::Aiff, "audio/aiff"),
    sound(Container::Caf, "audio/x-caf"),
    sound(Container::Mp3, "audio/mpeg"),
    sound(Container::Adts, "audio/aac"),
    sound(Container::Amr, "audio/amr"),
    sound(Container::AmrWb, "audio/amr-wb"),
    sound(Container::Ogg, "audio/ogg"),
    sound(Container::Flac, "audio/flac"),
    picture(Container::Jpeg, "image/jpeg"),
    picture(Container::Png, "image/png"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_follows_the_field() {
        let label = |medium: Medium, container| medium.label(container, false);
        assert_eq!(label(Medium::Video, Container::WebM), Some("video/webm"));
        assert_eq!(label(Medium::Voice, Container::WebM), Some("audio/webm"));
        assert_eq!(label(Medium::Voice, Container::Mp4), Some("audio/mp4"));
        assert_eq!(label(Medium::Video, Container::Wav), None);
        assert_eq!(label(Medium::Picture, Container::Mp4), None);
    }

    #[test]
    fn matroska_is_for_hosts_that_ask_for_it() {
        assert_eq!(Medium::Video.label(Container::Matroska, false), None);
        assert_eq!(Medium::Video.accepted(false), ["video/mp4", "video/quicktime", "video/webm"]);
        assert_eq!(
            Medium::Video.accepted(true),
            ["video/mp4", "video/quicktime", "video/webm", "video/x-matroska"]
        );
        assert_eq!(Medium::Picture.accepted(true), ["image/jpeg", "image/png"]);
        assert!(Medium::Voice.accepted(false).iter().all(|label| label.starts_with("audio/")));
    }

    /// The manual's rows: container, video, voice, picture, and who records it.
    #[test]
    fn the_manual_has_the_same_table() {
        let cells = |line: &'static str| -> Vec<&str> {
            line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect()
        };
        let manual = include_str!("../docs/media.md");
        let rows: Vec<_> = manual.lines().filter(|line| line.starts_with("| ")).map(cells).skip(1).collect();
        assert_eq!(rows.len(), TABLE.len(), "a row for each container");
        for (row, cells) in TABLE.iter().zip(rows) {
            let labels = [row.video, row.voice, row.picture].map(|label| label.unwrap_or("–"));
            assert_eq!(cells[1..4], labels, "{:?}", row.container);
            assert_eq!(cells[0].ends_with("(by a setting)"), row.is_optional, "{cells:?}");
            assert!(!cells[4].is_empty(), "{cells:?}");
        }
    }
}
