//! Identity documents: how they are checked, and what of them may leave the server.
//!
//! A document is checked by `POST /document/check` below the mount; `POST /face/match` then compares the face in it
//! with the video of the session. A policy that asks for both is made with
//! [`Policy::require_document_match`](crate::Policy::require_document_match); [`guide::kyc`](crate::guide::kyc) has the
//! whole flow.
//!
//! What a document says stays on the server. A host that needs some of it in the browser names it, field by field:
//!
//! ```
//! use biometry_gate::document::{DocumentField, Documents};
//! # use biometry_gate::Builder;
//!
//! # fn set(builder: Builder) -> Builder {
//! let documents = Documents::new().validate_mrz().disclose([DocumentField::LastName, DocumentField::ExpiryDate]);
//! builder.documents(documents)
//! # }
//! ```

use std::fmt;
use std::time::{Duration, SystemTime};

use biometry_client::{Document, DocumentProvider, FaceMatch};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::forward_compat::ForwardCompat;
use crate::policy::{ScoreScale, Threshold};

/// How documents are checked, for how long a check counts, and what the browser learns of them. Set by
/// [`Builder::documents`](crate::Builder::documents), which refuses settings that could not work.
#[derive(Clone, Debug)]
pub struct Documents {
    provider: DocumentProvider,
    validates_mrz: bool,
    disclosed: Vec<DocumentField>,
    discloses_portrait: bool,
    max_age: Duration,
    match_minimum: Threshold,
}

/// One thing that a document says, under the platform's name for it. [`Documents::disclose`] takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentField {
    /// `document_type`: passport, identity card and so on.
    DocumentType,
    /// `document_number`
    DocumentNumber,
    /// `country_code`: the country that issued it.
    CountryCode,
    /// `issuing_state`: the authority that issued it.
    IssuingState,
    /// `nationality_code`: the holder's nationality.
    NationalityCode,
    /// `first_name`
    FirstName,
    /// `father_name`: a patronymic, where documents have one.
    FatherName,
    /// `last_name`
    LastName,
    /// `sex`
    Sex,
    /// `birth_date`
    BirthDate,
    /// `expiry_date`
    ExpiryDate,
}

/// Stands for a picture: the SHA-256 of its bytes. It shows whether a picture at hand is this one, and the picture cannot
/// be made from it.
#[doc(hidden)]
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PictureDigest([u8; 32]);

/// A picture's digest in the making.
#[derive(Clone, Default)]
pub(crate) struct PictureHasher(Sha256);

/// A document that was accepted in a session: no word of what it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AcceptedDocument {
    pub(crate) pictures: Vec<PictureDigest>,
    pub(crate) at: SystemTime,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

impl Documents {
    /// The defaults: the platform checks by itself and leaves the machine-readable zone alone; the browser learns
    /// nothing; a document may be matched within 900 s; the platform's result of a comparison decides alone.
    pub fn new() -> Self {
        Self {
            provider: DocumentProvider::InHouse,
            validates_mrz: false,
            disclosed: Vec::new(),
            discloses_portrait: false,
            max_age: Duration::from_secs(900),
            match_minimum: Threshold::vendor_verdict_only(),
        }
    }

    /// Who checks documents; the platform itself by default. A client's headers do not choose it.
    #[must_use]
    pub fn provider(mut self, provider: DocumentProvider) -> Self {
        self.provider = provider;
        self
    }

    /// Accepts only documents whose machine-readable zone was validated and agrees with the rest. Off by default. Only
    /// the platform's own check does it: with another [`provider`](Self::provider) the gate does not build.
    #[must_use]
    pub fn validate_mrz(mut self) -> Self {
        self.validates_mrz = true;
        self
    }

    /// Shows the browser these fields of an accepted document, in the answer to the check; none by default.
    #[must_use]
    pub fn disclose(mut self, fields: impl IntoIterator<Item = DocumentField>) -> Self {
        self.disclosed.extend(fields);
        self
    }

    /// Hands the holder's portrait, cut out of an accepted document, to the browser. Off by default: it is a person's
    /// face, and the person at the browser need not be its owner. It is a
    /// [lint](crate::gate::LintKind::PortraitDisclosed).
    #[must_use]
    pub fn dangerous_disclose_portrait(mut self) -> Self {
        self.discloses_portrait = true;
        self
    }

    /// For how long after its check a document may be matched with a face; 900 s by default, above zero and at most a
    /// year.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// The score that a comparison of faces has to reach to be a match, besides the platform's own result. By default
    /// the platform's result decides alone. With a minimum, a comparison without a score is no match.
    #[must_use]
    pub fn match_score(mut self, minimum: Threshold) -> Self {
        self.match_minimum = minimum;
        self
    }

    pub(crate) fn is_match(&self, faces: &FaceMatch, scale: ScoreScale) -> bool {
        let is_enough = |minimum: f64| {
            let score = faces.score().number().and_then(|score| scale.to_percent(score));
            score.is_some_and(|score| score >= minimum)
        };
        faces.is_match() && self.match_minimum.minimum().is_none_or(is_enough)
    }

    pub(crate) fn shortcoming(&self) -> Option<&'static str> {
        if self.max_age.is_zero() {
            return Some("an accepted document has to last until it is matched: raise `Documents::max_age`");
        }
        if self.max_age > crate::clock::A_YEAR {
            return Some("an accepted document counts for at most a year: shorten `Documents::max_age`");
        }
        let reads_zone = self.validates_mrz && self.provider != DocumentProvider::InHouse;
        reads_zone.then_some(
            "only the platform's own check validates the machine-readable zone of documents: leave out \
             `Documents::validate_mrz`, or choose `DocumentProvider::InHouse` with `Documents::provider`",
        )
    }

    pub(crate) fn chosen_provider(&self) -> DocumentProvider {
        self.provider
    }

    pub(crate) fn needs_mrz(&self) -> bool {
        self.validates_mrz
    }

    pub(crate) fn discloses_portrait(&self) -> bool {
        self.discloses_portrait
    }

    pub(crate) fn lasts(&self) -> Duration {
        self.max_age
    }

    /// What the browser may know of an accepted document.
    pub(crate) fn disclosed(&self, document: &Document) -> Map<String, Value> {
        let texts = self.disclosed.iter().map(|field| field.as_str());
        let portraits = if self.discloses_portrait { PORTRAITS } else { &[] };
        let names = texts.chain(portraits.iter().copied());
        names.filter_map(|name| Some((name.to_owned(), document.text(name)?.into()))).collect()
    }
}

impl AcceptedDocument {
    /// Whether it was accepted recently enough and this is a picture of it. A document of the future is not trusted.
    pub(crate) fn shows(&self, picture: &PictureDigest, max_age: Duration, now: SystemTime) -> bool {
        let is_fresh = now.duration_since(self.at).is_ok_and(|age| age <= max_age);
        is_fresh && self.pictures.contains(picture)
    }
}

impl Default for Documents {
    fn default() -> Self {
        Self::new()
    }
}

impl DocumentField {
    /// The platform's name for the field, which is its name in answers, too.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DocumentType => "document_type",
            Self::DocumentNumber => "document_number",
            Self::CountryCode => "country_code",
            Self::IssuingState => "issuing_state",
            Self::NationalityCode => "nationality_code",
            Self::FirstName => "first_name",
            Self::FatherName => "father_name",
            Self::LastName => "last_name",
            Self::Sex => "sex",
            Self::BirthDate => "birth_date",
            Self::ExpiryDate => "expiry_date",
        }
    }
}

impl PictureDigest {
    /// Of these bytes.
    pub fn of(picture: &[u8]) -> Self {
        let mut hasher = PictureHasher::default();
        hasher.update(picture);
        hasher.finish()
    }
}

impl PictureHasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> PictureDigest {
        PictureDigest(self.0.finalize().into())
    }
}

impl fmt::Debug for PictureDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PictureDigest(…)")
    }
}

/// The platform's names for the holder's face.
const PORTRAITS: &[&str] = &["portrait_photo", "face_image_base64"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_could_not_work_are_refused() {
        assert!(Documents::new().validate_mrz().shortcoming().is_none());
        let elsewhere = Documents::new().provider(DocumentProvider::IdScan);
        assert!(elsewhere.shortcoming().is_none());
        assert!(elsewhere.validate_mrz().shortcoming().is_some());
        assert!(Documents::new().max_age(Duration::ZERO).shortcoming().is_some());
    }

    #[test]
    fn pieces_make_the_same_digest_and_debug_shows_none() {
        let mut hasher = PictureHasher::default();
        hasher.update(b"pic");
        hasher.update(b"ture");
        assert_eq!(hasher.finish(), PictureDigest::of(b"picture"));
        assert_ne!(PictureDigest::of(b"picture"), PictureDigest::of(b"other"));
        assert_eq!(format!("{:?}", PictureDigest::of(b"picture")), "PictureDigest(…)");
    }
}
