//! What the start says of a database that cannot be used: which server, what is wrong, what to do; never a password.

use std::time::Duration;

use biometry_gate_sql::{ConnectErrorKind, PostgresOptions, PostgresRecords, SqliteOptions, SqliteRecords};
use biometry_gate_testkit::{PATIENCE, PostgresServer};
use sqlx::{Connection as _, SqliteConnection};

async fn refusal(url: &str) -> (ConnectErrorKind, String) {
    let error = match PostgresOptions::parse(url) {
        Ok(options) => PostgresRecords::connect(options.connect_limit(PATIENCE)).await.expect_err(url),
        Err(error) => error,
    };
    let said = error.to_string();
    assert!(!said.contains("hunter2") && !format!("{error:?}").contains("hunter2"), "{said}");
    (error.kind(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_used_is_named_with_what_to_do() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = PostgresServer::start_on_loopback();
    let address = server.address();
    server.sql("CREATE ROLE teller LOGIN PASSWORD 'not-hunter2'; CREATE ROLE reader LOGIN");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let at = |rest: &str| format!("postgres://gate@{address}/{rest}");
    for (url, words) in [
        (at("nowhere"), vec!["3D000", "create it"]),
        (format!("postgres://nobody_here:hunter2@{address}/postgres"), vec!["28000", "role"]),
        (at("postgres?options[search_path]=nowhere"), vec!["3F000", "search_path"]),
        (format!("postgres://reader@{address}/postgres"), vec!["42501", "GRANT"]),
        (format!("postgres://gate@{closed}/postgres"), vec!["nothing listens", "port"]),
        (
            "postgres://gate@no-such-host.invalid/postgres?sslmode=verify-full".to_owned(),
            vec!["name is not known"],
        ),
        ("postgres:///x?host=/no/such/folder&user=gate".to_owned(), vec!["no socket"]),
        (at("postgres?sslmode=verify-full"), vec!["does not speak TLS"]),
        (at("postgres?options[default_transaction_read_only]=on"), vec!["only reads", "primary"]),
        (at("postgres?connect_timeout=3"), vec!["connect_timeout", "not supported"]),
        (at("postgres?options[synchronous_commit]=off"), vec!["synchronous_commit"]),
    ] {
        let (_, said) = refusal(&url).await;
        assert!(words.iter().all(|word| said.contains(word)), "{url}: {said}");
        let is_about_a_server = !url.contains("connect_timeout") && !url.contains("synchronous_commit");
        assert!(!is_about_a_server || said.contains("PostgreSQL at "), "{said}");
    }
    server.ask_for_passwords();
    let wrong = format!("postgres://teller:hunter2@{address}/postgres");
    let asked = async {
        loop {
            let (_, said) = refusal(&wrong).await;
            if said.contains("28P01") && said.contains("password") {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("a wrong password is said to be one");
    let (_, said) = refusal(&format!("postgres://teller@{address}/postgres")).await;
    assert!(said.contains("password"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_cannot_write_is_refused_with_the_right_it_lacks() {
    let server = PostgresServer::start();
    let owner = PostgresOptions::parse(&server.url_of("gate", "public")).unwrap().connect_limit(PATIENCE);
    PostgresRecords::connect(owner.clone()).await.unwrap();
    server.sql(
        "CREATE ROLE teller LOGIN; GRANT SELECT ON biometry_gate_schema, biometry_gate_records TO teller",
    );
    let teller = server.url_of("teller", "public");
    let (_, said) = refusal(&teller).await;
    assert!(said.contains("GRANT INSERT, UPDATE, DELETE"), "{said}");
    server.sql("GRANT INSERT, UPDATE ON biometry_gate_records TO teller");
    let (_, said) = refusal(&teller).await;
    assert!(said.contains("GRANT DELETE"), "{said}");
    server.sql("GRANT DELETE ON biometry_gate_records TO teller");
    PostgresRecords::connect(PostgresOptions::parse(&teller).unwrap().connect_limit(PATIENCE)).await.unwrap();
    assert_eq!(
        server.sql("SELECT count(*) FROM biometry_gate_records"),
        "0",
        "the start leaves nothing behind"
    );

    let records = PostgresRecords::connect(owner.time_limit(PATIENCE)).await.unwrap();
    server.sql("ALTER TABLE biometry_gate_records SET UNLOGGED");
    let error = records.check().await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::NotDurable);
    let (kind, said) = refusal(&server.url_of("gate", "public")).await;
    assert_eq!(kind, ConnectErrorKind::NotDurable);
    assert!(said.contains("SET LOGGED"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_used_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gate.db");
    std::fs::write(&file, "not a database, but long enough to be looked at as one: ".repeat(100)).unwrap();
    let nowhere = folder.path().join("no-such-folder").join("gate.db");
    for (path, words) in
        [(file.as_path(), "no database"), (nowhere.as_path(), "make it"), (folder.path(), "is a folder")]
    {
        let said = SqliteRecords::open(SqliteOptions::file(path)).await.unwrap_err().to_string();
        assert!(said.contains(words) && said.contains(&path.display().to_string()), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_process_keeps_locked_is_said_to_be_held() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gate.db");
    let mut holder = SqliteConnection::connect(&format!("sqlite:{}?mode=rwc", file.display())).await.unwrap();
    let held = holder.begin_with("BEGIN EXCLUSIVE").await.unwrap();
    let options = SqliteOptions::file(&file).connect_limit(Duration::from_millis(500));
    let error = SqliteRecords::open(options).await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Unreachable);
    let said = error.to_string();
    assert!(said.contains("which other process holds it") && said.contains("gate.db"), "{said}");
    held.rollback().await.unwrap();
    let patient = SqliteOptions::file(&file).time_limit(PATIENCE).connect_limit(PATIENCE);
    SqliteRecords::open(patient).await.expect("the file, when the other process has let go of it");
}
