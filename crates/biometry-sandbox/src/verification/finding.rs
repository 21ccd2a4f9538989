//! What one service found.

use super::Capture;
use crate::persona::Framing;
use crate::service::Service;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    Passed,
    Failed,
    /// There is nothing to compare with yet.
    NotEnrolled,
    NoFace,
    ManyFaces,
    NotCentred,
    /// The service itself did not work.
    Errored,
}

pub(super) fn find(capture: &Capture<'_>, service: Service) -> Finding {
    let persona = capture.persona;
    if persona.errored.contains(service) {
        return Finding::Errored;
    }
    if persona.failing.contains(service) {
        return Finding::Failed;
    }
    match service {
        Service::Liveness => framed(persona.framing),
        Service::Speaker if persona.framing == Framing::NoFace => Finding::NoFace,
        Service::Face if persona.framing == Framing::NoFace => Finding::Failed,
        Service::Face if !capture.standing.face_enrolled => Finding::NotEnrolled,
        Service::Voice if !capture.standing.voice_enrolled => Finding::NotEnrolled,
        Service::Speaker | Service::Speech | Service::Voice | Service::Face => Finding::Passed,
    }
}

fn framed(framing: Framing) -> Finding {
    match framing {
        Framing::Good => Finding::Passed,
        Framing::NoFace => Finding::NoFace,
        Framing::ManyFaces => Finding::ManyFaces,
        Framing::NotCentred => Finding::NotCentred,
    }
}
