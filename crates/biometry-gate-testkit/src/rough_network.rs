use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Duration, sleep};

/// A network between two programs of this machine that is as bad as a test wants it to be: a TCP proxy on a free port of
/// loopback. Dropped, it is gone, and so are its connections.
///
/// ```
/// use biometry_gate_testkit::{RoughNetwork, Weather};
///
/// # async fn example(database: std::net::SocketAddr) {
/// let network = RoughNetwork::to(database).await;
/// // … point the program under test at `network.address()` …
/// network.weather(Weather::Partition);
/// // … nothing comes through, and neither side learns of it …
/// network.weather(Weather::Fair);
/// # }
/// ```
pub struct RoughNetwork {
    address: SocketAddr,
    sky: watch::Sender<Sky>,
    /// How many answers have come back since the weather changed.
    answers: Arc<AtomicU32>,
    round_trips: Arc<AtomicU32>,
    task: AbortHandle,
}

/// What a [`RoughNetwork`] does to what passes through it, from the next byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Everything passes.
    Fair,
    /// Nothing passes in either direction, and neither side learns of it; what was held passes once it is fair again.
    Partition,
    /// What is asked arrives. This many answers still come back, counted as the pieces in which they are sent; the rest is
    /// lost: what was written is written, and the writer does not know.
    LostAnswers {
        /// How many come back.
        after: u32,
    },
    /// Connections break, and new ones break at once.
    Down,
    /// New connections are held back for so long, then everything passes.
    SlowStart(Duration),
    /// Everything passes, each piece so much later.
    Distance(Duration),
}

impl RoughNetwork {
    /// A way to `target`, in fair weather.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let fair = Sky { target, weather: Weather::Fair, storms: 0, swallowed: 0 };
        let (sky, changes) = watch::channel(fair);
        let answers = Arc::<AtomicU32>::default();
        let round_trips = Arc::<AtomicU32>::default();
        let network = Network {
            sky: changes,
            answers: Arc::clone(&answers),
            round_trips: Arc::clone(&round_trips),
            is_asked: Arc::default(),
        };
        let task = tokio::spawn(accept(listener, network)).abort_handle();
        Self { address, sky, answers, round_trips, task }
    }

    /// Where its near end is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many round trips were begun so far, over all connections: how often something was asked on a connection since its
    /// last answer. What is asked before the answer comes travels along.
    pub fn round_trips(&self) -> u32 {
        self.round_trips.load(Ordering::SeqCst)
    }

    /// Changes the weather. Connections that were there when it was [`Down`](Weather::Down) or that have lost an answer are
    /// broken afterwards, however short that was.
    pub fn weather(&self, weather: Weather) {
        self.answers.store(0, Ordering::SeqCst);
        self.sky.send_modify(|sky| {
            sky.storms += u64::from(weather == Weather::Down);
            sky.weather = weather;
        });
    }
}

impl RoughNetwork {
    /// Leads new connections elsewhere, as a name or a proxy does after a fail-over. Those that exist stay.
    pub fn lead_to(&self, target: SocketAddr) {
        self.sky.send_modify(|sky| sky.target = target);
    }

    /// Swallows what is said over the connections that exist, and breaks none; new ones pass.
    pub fn swallow(&self) {
        self.sky.send_modify(|sky| sky.swallowed += 1);
    }
}

impl Drop for RoughNetwork {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for RoughNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoughNetwork").field("weather", &self.sky.borrow().weather).finish_non_exhaustive()
    }
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    There,
    Back,
}

#[derive(Clone, Copy)]
struct Sky {
    target: SocketAddr,
    weather: Weather,
    /// How often connections were swallowed so far.
    swallowed: u64,
    /// How often it was down so far.
    storms: u64,
}

/// A connection is over.
struct Broken;

#[derive(Clone)]
struct Network {
    sky: watch::Receiver<Sky>,
    answers: Arc<AtomicU32>,
    round_trips: Arc<AtomicU32>,
    /// Whether something was asked on this connection since its last answer.
    is_asked: Arc<AtomicBool>,
}

async fn accept(listener: TcpListener, network: Network) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((near, _)) = accepted else { return };
                let network = Network { is_asked: Arc::default(), ..network.clone() };
                connections.spawn(network.connect(near));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

impl Network {
    async fn connect(mut self, near: TcpStream) {
        let Ok(()) = self.passes().await else { return };
        let Sky { weather, target, swallowed, .. } = *self.sky.borrow();
        if let Weather::SlowStart(delay) = weather {
            sleep(delay).await;
        }
        let Ok(far) = TcpStream::connect(target).await else { return };
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        let (near_read, near_write) = near.into_split();
        let (far_read, far_write) = far.into_split();
        let there = self.clone().carry(near_read, far_write, Direction::There, swallowed);
        let back = self.clone().carry(far_read, near_write, Direction::Back, swallowed);
        let storms = self.sky.borrow().storms;
        let storm = async {
            // The network itself outlives its connections.
            let _ = self.sky.wait_for(|sky| sky.storms != storms).await;
        };
        tokio::select! {
            _ = async { tokio::try_join!(there, back) } => {}
            () = storm => {}
        }
    }

    async fn carry(
        mut self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        direction: Direction,
        swallowed: u64,
    ) -> Result<(), Broken> {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            self.passes().await?;
            let sky = *self.sky.borrow();
            if sky.swallowed != swallowed {
                continue;
            }
            if let Weather::Distance(delay) = sky.weather {
                sleep(delay).await;
            }
            if direction == Direction::Back && self.loses_an_answer() {
                return Err(self.is_heard_of_no_more().await);
            }
            self.counts(direction);
            to.write_all(&buffer[..read]).await.map_err(|_| Broken)?;
        }
        self.passes().await?;
        to.shutdown().await.map_err(|_| Broken)
    }

    /// Waits a partition out; an error where there is no network at all.
    async fn passes(&mut self) -> Result<(), Broken> {
        let sky = self.sky.wait_for(|sky| sky.weather != Weather::Partition).await;
        if sky.is_ok_and(|sky| sky.weather != Weather::Down) { Ok(()) } else { Err(Broken) }
    }

    /// Waits until the weather changes: a client that has lost an answer goes on waiting for it until then.
    async fn is_heard_of_no_more(&mut self) -> Broken {
        let is_over = |sky: &Sky| !matches!(sky.weather, Weather::LostAnswers { .. });
        let _ = self.sky.wait_for(is_over).await;
        Broken
    }

    fn counts(&self, direction: Direction) {
        let was_asked = self.is_asked.swap(direction == Direction::There, Ordering::SeqCst);
        if direction == Direction::There && !was_asked {
            self.round_trips.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn loses_an_answer(&self) -> bool {
        match self.sky.borrow().weather {
            Weather::LostAnswers { after } => self.answers.fetch_add(1, Ordering::SeqCst) >= after,
            _ => false,
        }
    }
}
