use std::path::Path;
use std::sync::Arc;

use biometry_gate::clock::{Clock, ManualClock};
use biometry_gate::store::DecisionStore;
use biometry_gate::store::shared::{SharedStore, StoreKey};
use biometry_gate_testkit::PATIENCE;
use biometry_gate_testkit::store_contract::{CLAIMED_NAMES, StoreHarness};
use tempfile::TempDir;

use crate::harness::{Served, platform};
use crate::recipes::own_store::{Folder, app, gate};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_outlives_the_process_that_made_it() {
    let ((client, _sandbox), folder) = (platform().await, tempfile::tempdir().expect("a folder"));
    let start = async |records| {
        Served::open(app(&gate(client.clone(), records, &[7; 32]).expect("a gate")).expect("an app")).await
    };
    let served = start(Folder::open(folder.path()).expect("a folder")).await;
    served.visitor().with_token("token-of-ana").passes().await;
    assert!(Folder::open(folder.path()).is_err(), "one process at a time");

    served.stop().await;
    let served = start(left_by_the_other(folder.path()).await).await;
    served.visitor().statement().await.problem("authentication-required");
    served.visitor().with_token("token-of-ana").sees_the_statement().await;
}

/// The folder, as soon as the host before has closed its last connection.
async fn left_by_the_other(folder: &Path) -> Folder {
    let opening = async {
        loop {
            match Folder::open(folder) {
                Ok(folder) => return folder,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, opening).await.expect("the host before ends")
}

/// What every store promises.
mod contract {
    use super::*;

    struct InFolder {
        records: Folder,
        clock: Arc<ManualClock>,
        _folder: TempDir,
    }

    impl StoreHarness for InFolder {
        async fn open(clock: Arc<ManualClock>) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            Self { records: Folder::open(folder.path()).expect("a folder"), clock, _folder: folder }
        }

        fn replica(&self) -> DecisionStore {
            let key = StoreKey::parse(&[7; 32]).expect("a secret").claimed_names(CLAIMED_NAMES);
            let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
            SharedStore::new(self.records.clone(), key).with_clock(clock).into()
        }
    }

    biometry_gate_testkit::store_contract!(InFolder);
}
