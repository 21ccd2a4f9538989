//! The configurations of the manual's chapter on deployment, each in the frame that a test needs around it.

use std::net::SocketAddr;
use std::path::Path;

use super::proxy::Kind;

/// What `kind`, started for a test, is to be configured with: what the manual says, between these addresses.
pub(super) fn write(kind: Kind, folder: &Path, address: SocketAddr, app: SocketAddr) -> String {
    let (listen, app) = (address.to_string(), app.to_string());
    let block = block_below(kind.heading())
        .replace("*:8080", &listen)
        .replace("http://:8080", &format!("http://:{}", address.port()))
        .replace("127.0.0.1:3000", &app)
        .replace("/live", "/gated/socket");
    let frame = match kind {
        Kind::Nginx | Kind::NginxThatBuffers => NGINX,
        Kind::Haproxy | Kind::HaproxyOverHttp2 => "BLOCK\n",
        Kind::Apache | Kind::ApacheOverHttp2 => APACHE,
        Kind::Caddy | Kind::CaddyOverHttp2 => CADDY,
    };
    let folder = folder.to_str().expect("a plain path");
    frame.replace("FOLDER", folder).replace("BLOCK", &block)
}

/// The first block of code in a section of the chapter.
fn block_below(heading: &str) -> &'static str {
    let (_, section) = CHAPTER.split_once(&format!("\n## {heading}\n")).expect("a section of the chapter");
    let (_, block) = section.split_once("\n```").expect("a block of code");
    let (_, block) = block.split_once('\n').expect("its language");
    block.split_once("\n```\n").expect("the end of a block").0
}

const CHAPTER: &str = include_str!("../../../crates/biometry-gate/src/docs/proxies.md");

pub(crate) const NGINX: &str = "
    daemon off;
    master_process off;
    pid FOLDER/pid;
    events {}
    http {
        access_log off;
        client_body_temp_path FOLDER/body;
        proxy_temp_path FOLDER/proxy;
        fastcgi_temp_path FOLDER/fastcgi;
        uwsgi_temp_path FOLDER/uwsgi;
        scgi_temp_path FOLDER/scgi;
        BLOCK
    }
";

const APACHE: &str = "
ServerRoot FOLDER
ServerName bank.example
PidFile FOLDER/pid
DefaultRuntimeDir FOLDER
ErrorLog FOLDER/log
User #65534
Group #65534
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule proxy_http2_module /usr/lib/apache2/modules/mod_proxy_http2.so
BLOCK
";

pub(crate) const CADDY: &str = "
{
    admin off
    auto_https off
    default_bind 127.0.0.1
}
BLOCK
";
