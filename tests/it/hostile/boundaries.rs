//! What the request says its boundary is.

use super::case::{Case, VIDEO, form};

pub(super) fn cases() -> Vec<Case> {
    let longest = "b".repeat(70);
    let too_long = "b".repeat(71);
    vec![
        Case::typed("a boundary in quotes", "multipart/form-data; boundary=\"x\""),
        Case::typed("a boundary whose name is in capitals", "MULTIPART/FORM-DATA; BOUNDARY=x"),
        Case::typed("a boundary behind charset utf-8", "multipart/form-data; charset=utf-8; boundary=x"),
        Case::typed("the longest boundary", format!("multipart/form-data; boundary={longest}"))
            .delimited_by(&longest),
        Case::typed("a boundary of hyphens", "multipart/form-data; boundary=--").delimited_by("--"),
        Case::typed("a boundary with a space in it", "multipart/form-data; boundary=\"a b\"")
            .delimited_by("a b"),
        Case::typed("no boundary", "multipart/form-data").broken(),
        Case::typed("a boundary without a value", "multipart/form-data; boundary").broken(),
        Case::typed("an empty boundary", "multipart/form-data; boundary=").broken(),
        Case::typed("an empty boundary in quotes", "multipart/form-data; boundary=\"\"").broken(),
        Case::typed("a boundary too long", format!("multipart/form-data; boundary={too_long}"))
            .delimited_by(&too_long)
            .broken(),
        Case::typed("the same boundary twice", "multipart/form-data; boundary=x; boundary=x").broken(),
        Case::typed("two boundaries, the first one used", "multipart/form-data; boundary=x; boundary=y")
            .broken(),
        Case::typed("two boundaries, the second one used", "multipart/form-data; boundary=y; boundary=x")
            .broken(),
        Case::typed("two boundaries, one in capitals", "multipart/form-data; boundary=x; BOUNDARY=y")
            .broken(),
        Case::typed("a boundary whose quote is not closed", "multipart/form-data; boundary=\"x").broken(),
        Case::typed("a boundary with an escape", "multipart/form-data; boundary=\"\\x\"").broken(),
        Case::typed("a boundary that ends in a space", "multipart/form-data; boundary=\"x \"")
            .delimited_by("x ")
            .broken(),
        Case::typed("a boundary of forbidden characters", "multipart/form-data; boundary=x!y")
            .delimited_by("x!y")
            .broken(),
        Case::typed("a boundary of Latin-1", b"multipart/form-data; boundary=\"\xe9\"").broken(),
        Case::typed("an extended boundary", "multipart/form-data; boundary*=utf-8''x").broken(),
        Case::typed("a boundary in pieces", "multipart/form-data; boundary*0=x; boundary*1=y").broken(),
        Case::typed("an unknown parameter", "multipart/form-data; boundary=x; type=y"),
        Case::typed("charset utf-16", "multipart/form-data; boundary=x; charset=utf-16"),
        Case::typed("a semicolon at the end", "multipart/form-data; boundary=x;"),
        Case::typed("a blank in front of the equals sign", "multipart/form-data; boundary =x").broken(),
        Case::typed("a tab in front of the parameter", "multipart/form-data;\tboundary=x"),
        Case::typed("a boundary and more behind a comma", "multipart/form-data; boundary=x,y").broken(),
        Case::typed("a second type behind a comma", "multipart/form-data; boundary=x, text/plain").broken(),
        Case::typed("another boundary than the body's", "multipart/form-data; boundary=other").broken(),
        Case::new("the body's boundary is longer", form([VIDEO])).delimited_by("xx").broken(),
        Case::new("the body's boundary is in capitals", form([VIDEO])).delimited_by("X").broken(),
        Case::typed("multipart/mixed", "multipart/mixed; boundary=x").unsupported(),
        Case::typed("text/plain", "text/plain; boundary=x").unsupported(),
        Case::typed("a urlencoded form", "application/x-www-form-urlencoded").unsupported(),
        Case::typed("json", "application/json").unsupported(),
        Case::typed("an empty content type", "").unsupported(),
        Case::typed("two types behind each other", "multipart/form-data, multipart/form-data; boundary=x")
            .unsupported(),
        Case::new("no content type", form([VIDEO])).content_types::<&str>([]).unsupported(),
        Case::new("two content types", form([VIDEO]))
            .content_types(["multipart/form-data; boundary=x", "multipart/form-data; boundary=x"])
            .unsupported(),
    ]
}
