//! What `biometry-gate doctor` says of a real nginx: as the manual has it, and as it comes.

use super::proxy::{Kind, Proxy, free_address};
use crate::doctor::doctor;
use crate::harness::{Axum, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_as_in_the_manual_is_fine_in_front_of_a_bank() {
    let world = World::open::<Axum>().await;
    for kind in [Kind::Nginx, Kind::NginxThatBuffers] {
        let proxy = Proxy::start(kind, world.address());
        let said = doctor(&[], &["--through", &format!("http://{}", proxy.address())]).await;
        assert_eq!(said.status, Some(0), "{kind:?}: {}", said.text);
        assert!(said.has("fine", "upload") && said.has("fine", "host"), "{kind:?}: {}", said.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_as_it_comes_refuses_uploads_and_rewrites_the_host() {
    let world = World::open::<Axum>().await;
    let proxy = Proxy::start_otherwise(Kind::NginxThatBuffers, world.address(), as_it_comes);
    let said = doctor(&[], &["--through", &format!("http://{}", proxy.address())]).await;
    assert_eq!(said.status, Some(1), "{}", said.text);
    assert!(said.has("fault", "upload") && said.text.contains("client_max_body_size"), "{}", said.text);
    assert!(said.has("fault", "host") && said.text.contains("proxy_set_header Host"), "{}", said.text);
}

#[tokio::test]
async fn before_there_is_an_application_the_program_stands_in_for_it() {
    for (kind, level) in [(Kind::Nginx, "fine"), (Kind::NginxThatBuffers, "note")] {
        let app = free_address();
        let proxy = Proxy::start(kind, app);
        let said = probe(&proxy, app).await;
        assert_eq!(said.status, Some(0), "{kind:?}: {}", said.text);
        assert!(said.has(level, "upload") && said.has("fine", "host"), "{kind:?}: {}", said.text);
    }
    let app = free_address();
    let raised = |text: String| as_it_comes(text).replace("listen", "client_max_body_size 0; listen");
    let said = probe(&Proxy::start_otherwise(Kind::NginxThatBuffers, app, raised), app).await;
    assert!(said.status == Some(1) && said.has("fault", "host"), "{}", said.text);
    let said = probe(&Proxy::start_otherwise(Kind::NginxThatBuffers, app, as_it_comes), app).await;
    assert!(said.status == Some(1) && said.has("fault", "upload"), "{}", said.text);
}

async fn probe(proxy: &Proxy, app: std::net::SocketAddr) -> crate::doctor::Said {
    let through = format!("http://{}", proxy.address());
    doctor(&[], &["--through", &through, "--probe", &app.to_string()]).await
}

fn as_it_comes(configuration: String) -> String {
    configuration.replace("client_max_body_size 0;", "").replace("proxy_set_header Host $http_host;", "")
}
