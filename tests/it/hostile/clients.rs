//! What HTTP libraries write around a phrase and a file, byte for byte: none of it is a reason to refuse a request.

use super::case::{Case, replace};

/// A library, as its own multipart writer puts a form together.
struct Client {
    name: &'static str,
    /// The request's `Content-Type`, with the boundary in it.
    content_type: &'static str,
    boundary: &'static str,
    /// The header block of the phrase, and of the file.
    text: &'static str,
    file: &'static str,
}

pub(super) fn cases() -> Vec<Case> {
    CLIENTS.iter().map(Client::case).collect()
}

impl Client {
    fn case(&self) -> Case {
        let Self { name, content_type, boundary, text, file } = *self;
        let body = format!(
            "--{boundary}\r\n{text}\r\n\r\n{{phrase}}\r\n--{boundary}\r\n{file}\r\n\r\n{{video}}\r\n--{boundary}--\r\n"
        );
        // File names in Latin-1 are not UTF-8, which the source of a test has to be.
        let body = replace(body.as_bytes(), b"<E9>", b"\xe9");
        Case::new(name, body).content_types([content_type])
    }
}

const CLIENTS: &[Client] = &[
    Client {
        name: "OkHttp 3.13",
        content_type: "multipart/form-data; boundary=6a7b0c1e-4b51-4e7e-9c1c-0d1f2e3a4b5c",
        boundary: "6a7b0c1e-4b51-4e7e-9c1c-0d1f2e3a4b5c",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"clip (1) né.mp4\"\r\n\
               Content-Type: video/mp4\r\nContent-Length: 3000",
    },
    Client {
        name: "Retrofit, each part with its encoding",
        content_type: "multipart/form-data; boundary=6a7b0c1e-4b51-4e7e-9c1c-0d1f2e3a4b5d",
        boundary: "6a7b0c1e-4b51-4e7e-9c1c-0d1f2e3a4b5d",
        text: "Content-Disposition: form-data; name=\"phrase\"\r\nContent-Transfer-Encoding: binary\r\n\
               Content-Type: application/json; charset=UTF-8",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"a.mp4\"\r\n\
               Content-Transfer-Encoding: binary\r\nContent-Type: video/mp4\r\nContent-Length: 3000",
    },
    Client {
        name: "Apache HttpClient 5.2",
        content_type: "multipart/form-data; charset=ISO-8859-1; boundary=uhWsFhq_E6ibALXjK1Y5k4y",
        boundary: "uhWsFhq_E6ibALXjK1Y5k4y",
        text: "Content-Disposition: form-data; name=\"phrase\"\r\nContent-Type: text/plain; charset=ISO-8859-1",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"clip (1) n<E9>.mp4\"\r\n\
               Content-Type: application/octet-stream",
    },
    Client {
        name: "Apache HttpClient 4.5",
        content_type: "multipart/form-data; boundary=kJ3-8rVh_Qx",
        boundary: "kJ3-8rVh_Qx",
        text: "Content-Disposition: form-data; name=\"phrase\"\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n\
               Content-Transfer-Encoding: 8bit",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"say \\\"hi\\\"; 100%.mp4\"\r\n\
               Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary",
    },
    Client {
        name: "Spring's RestTemplate",
        content_type: "multipart/form-data;boundary=q2QEzOJbV0aYg8;charset=UTF-8",
        boundary: "q2QEzOJbV0aYg8",
        text: "Content-Disposition: form-data; name=\"phrase\"\r\nContent-Type: text/plain;charset=ISO-8859-1\r\n\
               Content-Length: {length}",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"say \\\"hi\\\"; 100%.mp4\"\r\n\
               Content-Type: video/mp4\r\nContent-Length: 3000",
    },
    Client {
        name: "Jetty 9.4",
        content_type: "multipart/form-data; boundary=JettyHttpClientBoundary1w2x3y4z",
        boundary: "JettyHttpClientBoundary1w2x3y4z",
        text: "Content-Disposition: form-data; name=\"phrase\"\r\nContent-Type: text/plain;charset=UTF-8",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"say \"hi\"; 100%.mp4\"\r\n\
               Content-Type: application/octet-stream",
    },
    Client {
        name: "Go 1.19",
        content_type: "multipart/form-data; boundary=0f2a9d1e7c5b4a3f8e6d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a6f7e8d9c0b",
        boundary: "0f2a9d1e7c5b4a3f8e6d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a6f7e8d9c0b",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"say \\\"hi\\\"; 100%.mp4\"\r\n\
               Content-Type: application/octet-stream",
    },
    Client {
        name: "Ruby's HTTPClient 2.8",
        content_type: "multipart/form-data; boundary=5d6e7f",
        boundary: "5d6e7f",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"clip.mp4\"; \
               modification-date=\"Mon, 30 Nov 2026 06:57:26 +0000\"; read-date=\"Mon, 30 Nov 2026 06:59:25 +0000\"\r\n\
               Content-Type: application/octet-stream",
    },
    Client {
        name: "Ruby's Faraday 1.1",
        content_type: "multipart/form-data; boundary=-----------RubyMultipartPost-3f2504e04f8911d3",
        boundary: "-----------RubyMultipartPost-3f2504e04f8911d3",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"clip (1) né.mp4\"\r\nContent-Length: 3000\r\n\
               Content-Type: video/mp4\r\nContent-Transfer-Encoding: binary",
    },
    Client {
        name: "Ruby's rest-client 2.1",
        content_type: "multipart/form-data; boundary=----RubyFormBoundary9fQ8tYw2Lk",
        boundary: "----RubyFormBoundary9fQ8tYw2Lk",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"say \"hi\"; 100%.mp4\"\r\nContent-Type: video/mp4",
    },
    Client {
        name: "Perl's LWP 6.68",
        content_type: "multipart/form-data; boundary=xYzZY",
        boundary: "xYzZY",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"say \\\"hi\\\"; 100%.mp4\"\r\nContent-Type: video/mp4",
    },
    Client {
        name: "Mono 6.8",
        content_type: "multipart/form-data; boundary=\"f3b1c0de-1111-2222-3333-444455556666\"",
        boundary: "f3b1c0de-1111-2222-3333-444455556666",
        text: "Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=phrase",
        file: "Content-Disposition: form-data; name=video; filename=\"=?utf-8?B?Y2xpcCAoMSkgbsOpLm1wNA==?=\"; \
               filename*=utf-8''clip%20%281%29%20n%C3%A9.mp4",
    },
    Client {
        name: ".NET with a file name of its own charset",
        content_type: "multipart/form-data; boundary=\"f3b1c0de-1111-2222-3333-444455556667\"",
        boundary: "f3b1c0de-1111-2222-3333-444455556667",
        text: "Content-Type: text/plain; charset=utf-16\r\nContent-Disposition: form-data; name=phrase",
        file: "Content-Disposition: form-data; name=video; filename*=utf-8''clip.mp4",
    },
    Client {
        name: "libsoup 3.2",
        content_type: "multipart/form-data; boundary=\"hQ2p9fZtW\"",
        boundary: "hQ2p9fZtW",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Disposition: form-data; name=\"video\"; filename*=UTF-8''clip%20(1)%20n%C3%A9.mp4\r\n\
               Content-Type: video/mp4",
    },
    Client {
        name: "Qt 5.15",
        content_type: "multipart/form-data; boundary=\"boundary_.oOo._MjA3+/zQ1NA==\"",
        boundary: "boundary_.oOo._MjA3+/zQ1NA==",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Type: video/mp4\r\nContent-Disposition: form-data; name=\"video\"; filename=\"clip (1) né.mp4\"",
    },
    Client {
        name: "Poco 1.11",
        content_type: "multipart/form-data; boundary=\"MIME_boundary_1A2B3C4D5E6F7081\"",
        boundary: "MIME_boundary_1A2B3C4D5E6F7081",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"say \"hi\"; 100%.mp4\"\r\nContent-Type: video/mp4",
    },
    Client {
        name: "Symfony Mime 5.4",
        content_type: "multipart/form-data; boundary=ZxK1_3aB",
        boundary: "ZxK1_3aB",
        text: "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\
               Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Type: video/mp4\r\nContent-Transfer-Encoding: 8bit\r\n\
               Content-Disposition: form-data; name=\"video\"; filename=\"clip.mp4\"",
    },
    Client {
        name: "Guzzle 7.4",
        content_type: "multipart/form-data; boundary=a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
        boundary: "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
        text: "Content-Disposition: form-data; name=\"phrase\"\r\nContent-Length: {length}",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"say \"hi\"; 100%.mp4\"\r\n\
               Content-Length: 3000\r\nContent-Type: video/mp4",
    },
    Client {
        name: "needle 3.5",
        content_type: "multipart/form-data; boundary=--------------------NODENEEDLEHTTPCLIENT",
        boundary: "--------------------NODENEEDLEHTTPCLIENT",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"clip.mp4\"\r\n\
               Content-Transfer-Encoding: binary\r\nContent-Type: video/mp4",
    },
    Client {
        name: "React Native 0.74",
        content_type: "multipart/form-data; boundary=Kf7qz2bQ",
        boundary: "Kf7qz2bQ",
        text: "content-disposition: form-data; name=\"phrase\"",
        file: "content-disposition: form-data; name=\"video\"; filename=\"clip (1).mov\"; \
               filename*=utf-8''clip%20(1).mov\r\ncontent-type: video/quicktime",
    },
    Client {
        name: "Dart's http, a text that is not ASCII",
        content_type: "multipart/form-data; boundary=dart-http-boundary-q1w2e3r4",
        boundary: "dart-http-boundary-q1w2e3r4",
        text: "content-disposition: form-data; name=\"phrase\"\r\ncontent-type: text/plain; charset=utf-8\r\n\
               content-transfer-encoding: binary",
        file: "content-type: video/mp4\r\ncontent-disposition: form-data; name=\"video\"; filename=\"clip.mp4\"",
    },
    Client {
        name: "PHP's curl with the server's own path",
        content_type: "multipart/form-data; boundary=------------------------d74496d66958873e",
        boundary: "------------------------d74496d66958873e",
        text: "Content-Disposition: form-data; name=\"phrase\"",
        file: "Content-Disposition: form-data; name=\"video\"; filename=\"/srv/uploads/tmp/clip.mp4\"\r\n\
               Content-Type: application/octet-stream",
    },
    Client {
        name: "blanks, semicolons and parameters that the grammar allows",
        content_type: "multipart/form-data ;\tboundary=x ;; type=\"a/b\" ;",
        boundary: "x",
        text: "Content-Disposition:form-data ;name=phrase\t;",
        file: "Content-Disposition: \tform-data;\tname=\"video\" ; filename=\"a\tb.mp4\"; size=3000 ; \r\n\
               X.Any!thing: é ",
    },
];
