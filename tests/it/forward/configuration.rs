//! The configurations of the manual's chapter on forward authorization, with a login of the test's in front: a cookie with a
//! session and a user.

use std::net::SocketAddr;
use std::path::Path;

use super::server::SECRET;
use crate::proxies::{CADDY, Kind, NGINX};

/// What `kind`, started for a test, is to be configured with: what the manual says, between these addresses.
pub(super) fn write(
    kind: Kind,
    folder: &Path,
    listen: SocketAddr,
    gate: SocketAddr,
    app: SocketAddr,
) -> String {
    let (frame, block) = match kind {
        Kind::Nginx => (NGINX, include_str!("../../../crates/biometry-gate-forward/proxies/nginx.conf")),
        Kind::Caddy => (CADDY, include_str!("../../../crates/biometry-gate-forward/proxies/Caddyfile")),
        Kind::Haproxy => ("BLOCK", include_str!("../../../crates/biometry-gate-forward/proxies/haproxy.cfg")),
        other => panic!("the chapter has no configuration for {other:?}"),
    };
    let lua = include_str!("../../../crates/biometry-gate-forward/proxies/forward.lua");
    let lua = lua.replace("127.0.0.1:4180", &gate.to_string());
    std::fs::write(folder.join("forward.lua"), lua).expect("a file");
    frame
        .replace("BLOCK", block)
        .replace("upstream gate", &format!("{NGINX_LOGIN}upstream gate"))
        .replace("http://:8080 {\n", &format!("http://:8080 {{\n{CADDY_LOGIN}"))
        .replace("bind *:8080\n", &format!("bind *:8080\n{HAPROXY_LOGIN}"))
        .replace("127.0.0.1:4180", &gate.to_string())
        .replace("127.0.0.1:8000", &app.to_string())
        .replace("127.0.0.1:8080", &listen.to_string())
        .replace("*:8080", &listen.to_string())
        .replace("http://:8080", &format!("http://:{}", listen.port()))
        .replace("\"SECRET\"", &format!("\"{SECRET}\""))
        .replace("FOLDER", folder.to_str().expect("a plain path"))
}

const NGINX_LOGIN: &str = r#"
map $http_cookie $remote_login { "~testkit-caller=[^.;]+[.](?<login_user>[^;]+)" $login_user; default ""; }
map $http_cookie $login_session { "~testkit-caller=(?<login_key>[^.;]+)[.]" $login_key; default ""; }
"#;

const CADDY_LOGIN: &str = "
    map {http.request.cookie.testkit-caller} {login} {session} {
        ~^([^.]+)[.](.+)$ \"${2}\" \"${1}\"
        default \"\" \"\"
    }
";

const HAPROXY_LOGIN: &str = "
  http-request set-var(txn.login) req.cook(testkit-caller),regsub(^[^.]*[.],)
  http-request set-var(txn.session) req.cook(testkit-caller),field(1,.)
";
