use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A chunk that counts itself for as long as a slice of it is held anywhere.
struct Counted {
    bytes: Vec<u8>,
    alive: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Census(Arc<AtomicUsize>);

impl Census {
    fn chunk(&self, bytes: &[u8]) -> Bytes {
        Bytes::from_owner(Counted { bytes: bytes.to_vec(), alive: Arc::clone(&self.0) })
    }

    fn script(&self, body: &[u8], size: usize) -> Script {
        let chunks: Vec<_> = body.chunks(size).collect();
        self.0.store(chunks.len(), Ordering::Relaxed);
        Script::new(chunks.iter().map(|chunk| Step::Send(self.chunk(chunk))).collect::<Vec<_>>())
    }
}

/// A file full of what looks like the beginning of a delimiter.
fn tempting_file() -> Vec<u8> {
    let mut file = MP4.to_vec();
    for _ in 0..2_000 {
        file.extend(b"\r\n--\r\n-\r\r\n--y");
    }
    file
}

#[tokio::test(start_paused = true)]
async fn no_chunk_outlives_its_turn_however_ready_the_source_is() {
    let body =
        Draft::default().text("phrase", "one").file("video", tempting_file()).text("vocabulary", "").closed();
    for size in [1, 2, 13, 64, 4_096] {
        let census = Census(Arc::default());
        let script = census.script(&body, size);
        let unsent = script.taken();
        let total = census.0.load(Ordering::Relaxed);
        let mut opened = open(script).await.expect("opened");
        let alive = || census.0.load(Ordering::Relaxed) - (total - unsent.load(Ordering::Relaxed));
        assert!(alive() <= 64 / size + 2, "{} at the start, in chunks of {size}", alive());
        let mut taken = 0;
        while let Some(frame) = opened.file.body.frame().await {
            let data = frame.expect("a good upload").into_data().expect("data");
            taken += data.len();
            drop(data);
            let allowed = if taken > 64 { 1 } else { 64 / size + 2 };
            assert!(alive() <= allowed, "{} alive after {taken} bytes, in chunks of {size}", alive());
        }
        assert_eq!(taken, tempting_file().len());
        assert_eq!(alive(), 0);
    }
}
