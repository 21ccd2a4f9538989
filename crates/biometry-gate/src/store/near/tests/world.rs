//! A near cache whose feed is written by the test.

use super::*;

/// Records that count how often they are asked, and can be made to wait with their answer.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) rows: Mutex<HashMap<RecordId, Sealed>>,
    loads: AtomicUsize,
    pub(super) answers: Semaphore,
    scope: StoreScope,
}

#[async_trait]
impl Records for Table {
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        let record = self.rows.lock().unwrap().get(id).cloned();
        self.loads.fetch_add(1, Ordering::SeqCst);
        let _answers = self.answers.acquire().await.unwrap();
        Ok(Snapshot { now: std::time::UNIX_EPOCH, record })
    }

    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
        let mut rows = self.rows.lock().unwrap();
        if rows.get(id).map(Sealed::tag) != seen {
            return Ok(false);
        }
        match write {
            Write::Put { record, .. } => rows.insert(*id, record),
            Write::Remove => rows.remove(id),
        };
        Ok(true)
    }

    fn scope(&self) -> StoreScope {
        self.scope
    }
}

/// A feed that says what a test says, and nothing three times a second.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) feeds: Mutex<Vec<Script>>,
}

/// What is announced, and where it is noted that it was heard.
type Line = (Result<Change, StoreError>, oneshot::Sender<()>);

type Script = mpsc::UnboundedReceiver<Line>;

#[derive(Debug)]
struct Channel {
    script: Script,
    heard: Option<oneshot::Sender<()>>,
}

#[async_trait]
impl Invalidations for Station {
    async fn listen(&self) -> Result<Box<dyn Feed>, StoreError> {
        let script = self.feeds.lock().unwrap().pop();
        let script = script.ok_or_else(|| StoreError::new(StoreErrorKind::Unavailable))?;
        Ok(Box::new(Channel { script, heard: None }))
    }
}

#[async_trait]
impl Feed for Channel {
    async fn next(&mut self) -> Result<Change, StoreError> {
        // A cache that asks for the next announcement has dealt with the one before.
        if let Some(heard) = self.heard.take() {
            let _ = heard.send(());
        }
        match tokio::time::timeout(Duration::from_millis(300), self.script.recv()).await {
            Err(_) => Ok(Change::None),
            Ok(None) => std::future::pending().await,
            Ok(Some((announcement, heard))) => {
                self.heard = Some(heard);
                announcement
            }
        }
    }
}

pub(super) struct World {
    pub(super) clock: Arc<ManualClock>,
    pub(super) table: Arc<Table>,
    /// Another replica, without a cache.
    pub(super) elsewhere: DecisionStore,
    pub(super) near: Arc<NearCache>,
    /// What is announced, one sender for each time the cache listens.
    pub(super) says: Vec<mpsc::UnboundedSender<Line>>,
}

impl World {
    /// A cache over a shared store; it can listen this many times.
    pub(super) async fn listening(times: usize) -> Self {
        let (says, feeds): (Vec<_>, Vec<_>) = (0..times).map(|_| mpsc::unbounded_channel()).unzip();
        let world = Self::new(StoreScope::Shared);
        let station = Station { feeds: Mutex::new(feeds.into_iter().rev().collect()) };
        let near = NearCache::following(world.elsewhere.clone(), key(), station).await.unwrap();
        let near = Arc::new(near.with_clock(Arc::clone(&world.clock) as Arc<dyn Clock>));
        Self { near, says, ..world }
    }

    /// A cache over a store of this process.
    pub(super) fn new(scope: StoreScope) -> Self {
        let clock = Arc::<ManualClock>::default();
        let answers = Semaphore::new(Semaphore::MAX_PERMITS);
        let table = Arc::new(Table { rows: Mutex::default(), loads: AtomicUsize::new(0), answers, scope });
        let elsewhere = SharedStore::new(Arc::clone(&table), key());
        let elsewhere = DecisionStore::from(elsewhere.with_clock(Arc::clone(&clock) as Arc<dyn Clock>));
        let near = NearCache::of_process(match scope {
            StoreScope::Process => elsewhere.clone(),
            StoreScope::Shared => crate::store::MemoryStore::new().into(),
        });
        let near = near.unwrap().with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        Self { clock, table, elsewhere, near: Arc::new(near), says: Vec::new() }
    }

    /// The operations, through the cache.
    pub(super) fn store(&self) -> DecisionStore {
        Arc::clone(&self.near).into()
    }

    /// Gives the owner a decision, at another replica.
    pub(super) async fn pass(&self, policy: &Policy) {
        let id = SessionId::random(&OsEntropy).unwrap();
        let new = NewSession {
            id: id.clone(),
            policy: policy.shared_name(),
            intent: None,
            platform_session: biometry_client::PlatformSession::parse("sess_1").unwrap(),
            phrase: Phrase::random(&OsEntropy).unwrap(),
            time_to_live: Duration::from_secs(180),
        };
        self.elsewhere.open_session(&ana(), new).await.unwrap();
        let claim = ClaimId::random(&OsEntropy).unwrap();
        let upload = Upload { session: id, claim, lease: Duration::from_secs(60) };
        self.elsewhere.begin_upload(&ana(), &upload, &Limits::default()).await.unwrap().unwrap();
        let decision = crate::decision::sample::sample(policy, None, self.clock.now());
        let settled =
            self.elsewhere.settle(&ana(), &upload, Settlement::Passed(decision), &Limits::default()).await;
        assert!(matches!(settled, Ok(Settled::Passed)));
    }

    /// Whether the owner gets in.
    pub(super) async fn opens(&self, policy: &Policy) -> bool {
        self.asked(policy).await.is_ok()
    }

    pub(super) async fn asked(&self, policy: &Policy) -> Result<(), Refused> {
        let at_once = self.store().claim_at_once(&ana(), policy, None);
        let outcome = match at_once {
            Some(outcome) => outcome,
            None => self.store().claim_decision(&ana(), policy, None).await,
        };
        outcome.unwrap().map(drop)
    }

    /// Whether the owner gets in without the store being asked.
    pub(super) fn opens_at_once(&self, policy: &Policy) -> bool {
        self.store().claim_at_once(&ana(), policy, None).is_some()
    }

    pub(super) fn loads(&self) -> usize {
        self.table.loads.load(Ordering::SeqCst)
    }

    /// Announces something, and waits until it was heard.
    pub(super) async fn announce(&self, change: Change) {
        let (heard, is_heard) = oneshot::channel();
        self.says[0].send((Ok(change), heard)).unwrap();
        is_heard.await.unwrap();
    }
}
