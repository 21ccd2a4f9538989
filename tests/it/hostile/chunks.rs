//! Bodies in chunks that are none.

use super::raw::Script;

pub(super) fn scripts() -> Vec<Script> {
    let mut scripts = odd();
    scripts.extend(broken());
    scripts
}

/// A request in chunks, down to the last byte.
fn chunked(name: &'static str, body: impl AsRef<str>) -> Script {
    Script::new(name, format!("{{head}}{{type}}Transfer-Encoding: chunked\r\n\r\n{}", body.as_ref()))
}

fn odd() -> Vec<Script> {
    let size = "{size}\r\n{form}\r\n";
    vec![
        chunked("a size in capitals", format!("{{SIZE}}{}", &size[6..]) + "0\r\n\r\n"),
        chunked("a size with zeros in front", format!("0000{size}0\r\n\r\n")),
        chunked("an extension", "{size};a=b\r\n{form}\r\n0\r\n\r\n"),
        chunked("an extension in quotes", "{size};a=\"b;c\"\r\n{form}\r\n0;d\r\n\r\n"),
        chunked("trailers", format!("{size}0\r\nX-Trailer: y\r\n\r\n")),
        chunked(
            "trailers that tell of another body",
            format!("{size}0\r\nContent-Length: 3\r\nTransfer-Encoding: x\r\n\r\n"),
        ),
    ]
}

fn broken() -> Vec<Script> {
    let with_size =
        |name, size: &str| chunked(name, format!("{size}\r\n{{form}}\r\n0\r\n\r\n")).shuts().broken();
    vec![
        with_size("no size", ""),
        with_size("a size that is none", "zz"),
        with_size("a size below zero", "-1"),
        with_size("a size with a sign", "+{size}"),
        with_size("a size behind 0x", "0x{size}"),
        with_size("a size behind a blank", " {size}"),
        with_size("a size of seventeen digits", "1ffffffffffffffff"),
        with_size("the largest size", "ffffffffffffffff"),
        with_size("a size of four gigabytes", "ffffffff"),
        with_size("a size too small", "10"),
        with_size("a size of nothing", "0"),
        with_size("a long extension", &format!("{{size}};{}", "e".repeat(100_000))).or_taken(),
        with_size("a bare line feed in an extension", "{size};a\nb"),
        chunked("a line feed behind the size", "{size}\n{form}\r\n0\r\n\r\n").shuts().broken(),
        chunked("a line feed behind the data", "{size}\r\n{form}\n0\r\n\r\n").shuts().broken(),
        chunked("nothing behind the data", "{size}\r\n{form}0\r\n\r\n").shuts().broken(),
        chunked("one byte more than its size", "{size}\r\n{form}x\r\n0\r\n\r\n").shuts().broken(),
        chunked("no last chunk", "{size}\r\n{form}\r\n").shuts().broken(),
        chunked("half a last chunk", "{size}\r\n{form}\r\n0").shuts().broken(),
        chunked("a last chunk without its end", "{size}\r\n{form}\r\n0\r\n").shuts().broken(),
        chunked("a trailer without its end", "{size}\r\n{form}\r\n0\r\nX: y").shuts().broken(),
        chunked(
            "a hundred thousand bytes of trailers",
            format!("{{size}}\r\n{{form}}\r\n0\r\nX: {}\r\n\r\n", "y".repeat(100_000)),
        )
        .shuts()
        .broken()
        .or_taken(),
        chunked(
            "a thousand trailers",
            format!("{{size}}\r\n{{form}}\r\n0\r\n{}\r\n", "X: y\r\n".repeat(1_000)),
        )
        .shuts()
        .broken()
        .or_taken(),
        chunked("no chunks but the form", "{form}").shuts().broken(),
        chunked("a last chunk in front of the form", "0\r\n\r\n{form}").broken(),
    ]
}
