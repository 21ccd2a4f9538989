//! The five services a key can select, and sets of them.

/// One service that looks at a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Speaker,
    Speech,
    Liveness,
    Voice,
    Face,
}

impl Service {
    pub(crate) const ALL: [Self; 5] = [Self::Speaker, Self::Speech, Self::Liveness, Self::Voice, Self::Face];

    /// The display name: a JSON key of replies and a value in a key's claims.
    pub(crate) fn display_name(self) -> &'static str {
        match self {
            Self::Speaker => "Active Speaker Detection",
            Self::Speech => "Visual Speech Recognition",
            Self::Liveness => "Face Liveness Detection",
            Self::Voice => "Voice Recognition",
            Self::Face => "Face Recognition",
        }
    }

    /// The JSON key of version 2.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Speaker => "active_speaker_detection",
            Self::Speech => "visual_speech_recognition",
            Self::Liveness => "face_liveness_detection",
            Self::Voice => "voice_recognition",
            Self::Face => "face_recognition",
        }
    }

    /// The short word that personas use.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "speaker" => Some(Self::Speaker),
            "speech" => Some(Self::Speech),
            "liveness" => Some(Self::Liveness),
            "voice" => Some(Self::Voice),
            "face" => Some(Self::Face),
            _ => None,
        }
    }

    /// What stands in `decision_reasons`, without its `_passed` or `_failed` ending.
    pub(crate) fn reason_stem(self) -> &'static str {
        match self {
            Self::Speaker => "active_speaker",
            Self::Speech => "visual_speech",
            Self::Liveness => "liveness",
            Self::Voice => "voice_match",
            Self::Face => "face_match",
        }
    }
}

/// A set of [`Service`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ServiceSet(u8);

impl ServiceSet {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(0b1_1111);
    /// Those that the platform drops without authorization consent.
    pub(crate) const NEED_CONSENT: Self = Self(Self::bit(Service::Voice) | Self::bit(Service::Face));

    const fn bit(service: Service) -> u8 {
        1 << service as u8
    }

    pub(crate) fn insert(&mut self, service: Service) {
        self.0 |= Self::bit(service);
    }

    pub(crate) fn contains(self, service: Service) -> bool {
        self.0 & Self::bit(service) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Service> {
        Service::ALL.into_iter().filter(move |service| self.contains(*service))
    }

    /// The set a key's `selected_services` names; unknown names select nothing.
    pub(crate) fn from_display_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        Service::ALL.into_iter().filter(|service| names.contains(&service.display_name())).collect()
    }

    pub(crate) fn display_names(self) -> Vec<&'static str> {
        self.iter().map(Service::display_name).collect()
    }
}

impl FromIterator<Service> for ServiceSet {
    fn from_iter<I: IntoIterator<Item = Service>>(services: I) -> Self {
        let mut set = Self::NONE;
        services.into_iter().for_each(|service| set.insert(service));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_select_services_and_unknown_names_select_nothing() {
        let set = ServiceSet::from_display_names(["Face Recognition", "face recognition", "Palm Reading"]);
        assert_eq!(set.display_names(), ["Face Recognition"]);
        assert_eq!(ServiceSet::from_display_names(ServiceSet::ALL.display_names()), ServiceSet::ALL);
    }

    #[test]
    fn consent_is_asked_for_face_and_voice_only() {
        let free: Vec<_> = ServiceSet::ALL.without(ServiceSet::NEED_CONSENT).iter().collect();
        assert_eq!(free, [Service::Speaker, Service::Speech, Service::Liveness]);
    }
}
