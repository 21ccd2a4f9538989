use std::io;
use std::time::{Duration, Instant, UNIX_EPOCH};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::contender::Started;
use super::http::{find, request};
use super::process::Running;
use super::upload::{Media, Target, Ticket};
use crate::rounds::median;

/// What a run of parallel uploads took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Bytes of files a second, all uploads together.
    pub rate: f64,
    /// Seconds of processor time of the proxy for 10^9 bytes, user and system.
    pub cpu_per_gb: f64,
}

/// What slow uploads hold.
#[derive(Clone, Copy, Debug)]
pub struct Slow {
    /// Bytes of memory for each, beyond what the process had before.
    pub each: f64,
    /// The largest number of bytes of memory.
    pub peak: u64,
}

/// Sends one upload through and looks at what has arrived.
///
/// # Errors
/// When the file is not in there, byte for byte, as one part of a form.
pub async fn delivery(proxy: &Started, sink: &Target, media: &Media) -> io::Result<()> {
    request(sink, "POST /keep", "text/plain", b"").await?;
    proxy.target.admit(0, media).await?.send(media).await?;
    let kept = request(sink, "GET /kept", "text/plain", b"").await?;
    let at = find(&kept, &media.bytes()[..64]).ok_or_else(|| io::Error::other("the file did not arrive"))?;
    let (before, rest) = kept.split_at(at);
    let whole = before.ends_with(b"\r\n\r\n")
        && rest.starts_with(media.bytes())
        && rest[media.bytes().len()..].starts_with(b"\r\n--");
    if whole { Ok(()) } else { Err(io::Error::other("the file arrived changed")) }
}

/// `parallel` clients, each of which sends `each` uploads one after the other.
///
/// # Errors
/// When any upload is not answered with 200.
pub async fn throughput(proxy: &Started, media: &Media, parallel: usize, each: usize) -> io::Result<Cost> {
    let mut clients = Vec::new();
    for client in 0..parallel {
        clients.push(tickets(&proxy.target, media, client * each..(client + 1) * each).await?);
    }
    let cpu = || proxy.running.as_ref().map_or(0.0, Running::cpu);
    let (begun, cpu_before) = (Instant::now(), cpu());
    let mut all = JoinSet::new();
    for tickets in clients {
        let media = media.clone();
        all.spawn(async move {
            for ticket in tickets {
                ticket.send(&media).await?;
            }
            Ok::<_, io::Error>(())
        });
    }
    while let Some(done) = all.join_next().await {
        done.map_err(io::Error::other)??;
    }
    let bytes = (parallel * each * media.bytes().len()) as f64;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Cost { rate: bytes / seconds, cpu_per_gb: (cpu() - cpu_before) / bytes * 1e9 })
}

/// The most memory that a proxy, freshly started, takes for `parallel` uploads at once; `None` where it took more than
/// `limit` and was stopped.
///
/// # Errors
/// When any upload is not answered with 200.
pub async fn memory(proxy: Started, media: &Media, parallel: usize, limit: u64) -> io::Result<Option<u64>> {
    let Some(running) = &proxy.running else { return Ok(Some(0)) };
    let tickets = tickets(&proxy.target, media, 0..parallel).await?;
    let mut all = JoinSet::new();
    for ticket in tickets {
        let media = media.clone();
        all.spawn(async move { ticket.send(&media).await });
    }
    loop {
        tokio::select! {
            done = all.join_next() => match done {
                Some(done) => done.map_err(io::Error::other)??,
                None => return Ok(Some(running.peak_memory())),
            },
            () = sleep(Duration::from_millis(50)) => if running.memory() > limit {
                return Ok(None);
            },
        }
    }
}

/// What `parallel` uploads hold that each trickle at `rate` bytes a second for `time`.
///
/// # Errors
/// When the proxy does not take them.
pub async fn slow(
    proxy: Started,
    media: &Media,
    parallel: usize,
    rate: usize,
    time: Duration,
) -> io::Result<Slow> {
    let Some(running) = &proxy.running else { return Ok(Slow { each: 0.0, peak: 0 }) };
    let tickets = tickets(&proxy.target, media, 0..parallel).await?;
    let before = running.memory();
    let mut all = JoinSet::new();
    for ticket in tickets {
        let media = media.clone();
        all.spawn(async move { ticket.trickle(&media, rate, time).await });
    }
    let mut open = Vec::with_capacity(parallel);
    while let Some(done) = all.join_next().await {
        open.push(done.map_err(io::Error::other)??);
    }
    let held = running.memory().saturating_sub(before);
    Ok(Slow { each: held as f64 / parallel as f64, peak: running.peak_memory() })
}

/// From the last byte to the answer, the median of `times`.
///
/// # Errors
/// When any upload is not answered with 200.
pub async fn tail(proxy: &Started, media: &Media, times: usize) -> io::Result<Duration> {
    let mut tails = Vec::with_capacity(times);
    for caller in 0..times {
        tails.push(proxy.target.admit(caller, media).await?.tail(media).await?.as_secs_f64());
    }
    Ok(Duration::from_secs_f64(median(tails)))
}

/// From the client's going away to the upstream's seeing the upload break off, the median of `times`.
///
/// # Errors
/// When the upstream does not see it within five seconds.
pub async fn abort(proxy: &Started, sink: &Target, media: &Media, times: usize) -> io::Result<Duration> {
    let mut delays = Vec::with_capacity(times);
    for caller in 0..times {
        let ticket = proxy.target.admit(caller, media).await?;
        let gone = ticket.abort(media, media.bytes().len() / 5).await?;
        let gone = gone.duration_since(UNIX_EPOCH).map_err(io::Error::other)?.as_nanos();
        let seen = broken_off(sink).await?;
        delays.push(seen.saturating_sub(gone) as f64 / 1e9);
    }
    Ok(Duration::from_secs_f64(median(delays)))
}

async fn broken_off(sink: &Target) -> io::Result<u128> {
    for _ in 0..500 {
        let seen = request(sink, "GET /broken-off", "text/plain", b"").await?;
        match String::from_utf8_lossy(&seen).trim().parse() {
            Ok(0) | Err(_) => sleep(Duration::from_millis(10)).await,
            Ok(seen) => return Ok(seen),
        }
    }
    Err(io::Error::other("the upstream never saw the upload break off"))
}

async fn tickets(target: &Target, media: &Media, callers: std::ops::Range<usize>) -> io::Result<Vec<Ticket>> {
    let mut tickets = Vec::with_capacity(callers.len());
    for caller in callers {
        tickets.push(target.admit(caller, media).await?);
    }
    Ok(tickets)
}
