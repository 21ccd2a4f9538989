use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One of the platform's five machine-learning services.
///
/// The display name is what travels: as a key of `data` in a reply and as a value of the API key's
/// `selected_services` claim (integration guide, "ML Services Reference").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Whether the person in the video is the one who speaks.
    ActiveSpeakerDetection,
    /// Whether the face is live, not a photograph or a replay.
    FaceLivenessDetection,
    /// What the lips said.
    VisualSpeechRecognition,
    /// Whose voice it is; needs an enrolment and the authorization consent.
    VoiceRecognition,
    /// Whose face it is; needs an enrolment and the authorization consent.
    FaceRecognition,
}

impl Service {
    /// All five, in declaration order.
    pub const ALL: [Self; 5] = [
        Self::ActiveSpeakerDetection,
        Self::FaceLivenessDetection,
        Self::VisualSpeechRecognition,
        Self::VoiceRecognition,
        Self::FaceRecognition,
    ];

    /// The exact display name the platform uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ActiveSpeakerDetection => "Active Speaker Detection",
            Self::FaceLivenessDetection => "Face Liveness Detection",
            Self::VisualSpeechRecognition => "Visual Speech Recognition",
            Self::VoiceRecognition => "Voice Recognition",
            Self::FaceRecognition => "Face Recognition",
        }
    }

    /// The service with exactly this display name; case and spacing count.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.as_str() == name)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Service {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| de::Error::custom("not the name of a service"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_service() {
        for service in Service::ALL {
            assert_eq!(Service::from_name(service.as_str()), Some(service));
            let json = serde_json::to_string(&service).unwrap();
            assert_eq!(json, format!("\"{service}\""));
            assert_eq!(serde_json::from_str::<Service>(&json).unwrap(), service);
        }
    }

    #[test]
    fn a_name_is_matched_exactly() {
        for name in ["face recognition", "Face  Recognition", "Face Recognition ", "face_recognition", ""] {
            assert_eq!(Service::from_name(name), None, "{name:?}");
        }
    }
}
