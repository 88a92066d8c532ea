//! `make soak`: hostile and honest programs together, at four times what the server can run at a time.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use jsrun_testkit::{HostileProgram, all_hostile_programs};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::machine::Machine;
use crate::measurement::Measurement;
use crate::processes::children_of;
use crate::server::Server;

/// Runs that the server takes at a time, and hostile connections: four times as many.
const CAPACITY: usize = 8;
const HOSTILE: usize = 4 * CAPACITY;

/// Hostile connections that belong to one client, as the server counts clients.
const OF_ONE_CLIENT: usize = 8;

/// Honest connections, each a client of its own that asks for `2 + 2` this often.
const HONEST: usize = 4;
const PACE: Duration = Duration::from_millis(50);

/// How long the honest are alone first, for the figure to compare with.
const IDLE: Duration = Duration::from_secs(10);

/// An answer that takes longer than this is none: a hostile program may run for 20 s and wait for 10.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client that was refused comes back after this, which is sooner than it was told.
const PAUSE: Duration = Duration::from_millis(50);

/// What came of one connection's requests.
#[derive(Debug, Default)]
struct Tally {
    results: u64,
    refusals: u64,
    /// Neither a result nor 429 or 503.
    failures: Vec<String>,
    latencies: Vec<Duration>,
    /// By how much runs that ended as `wall_time` went over their limit.
    overruns: Vec<Duration>,
}

/// What a soak has shown.
#[derive(Debug)]
pub(crate) struct Report {
    machine: Machine,
    duration: Duration,
    programs: usize,
    hostile: Tally,
    honest: Tally,
    idle: Measurement,
    attacked: Measurement,
    overruns: Option<Measurement>,
    memory: Memory,
    /// Processes that were left when all was over, beyond the zygote and the ready workers.
    leaked: usize,
}

/// The server's resident memory in KiB.
#[derive(Debug)]
struct Memory {
    before: u64,
    peak: u64,
    after: u64,
}

/// Runs the soak for this long.
///
/// # Errors
/// When the server does not start, dies, or closes a connection.
pub(crate) async fn soak(binary: &Path, duration: Duration) -> anyhow::Result<Report> {
    let capacity = CAPACITY.to_string();
    let reserved = (CAPACITY / 2).to_string();
    // As a server for strangers is started, but for the limits by which it would just refuse most of this.
    let arguments = [
        ["--client-header", "x-forwarded-for"],
        ["--max-runs", &capacity],
        ["--reserved-runs", &reserved],
        ["--workers", &capacity],
    ]
    .concat();
    let server = Server::start_with(binary, &arguments).await?;
    let address = server.address();
    let idle = join(honest(address, Instant::now() + IDLE)).await?;
    let idle = Measurement::new(idle.latencies, IDLE).context("no honest answer while idle")?;
    let before = memory(server.pid())?;
    let programs: Arc<[HostileProgram]> = all_hostile_programs().into();
    let end = Instant::now() + duration;
    let watch = watch(server.pid(), end);
    let attack = attack(address, &programs, end);
    let (attack, honest, peak) = tokio::join!(join(attack), join(honest(address, end)), watch);
    let (hostile, mut honest, peak) = (attack?, honest?, peak?);
    let leaked = leaked(server.pid()).await?;
    let after = memory(server.pid())?;
    server.stop().await?;
    let attacked = Measurement::new(std::mem::take(&mut honest.latencies), duration);
    Ok(Report {
        machine: Machine::read(),
        duration,
        programs: programs.len(),
        idle,
        attacked: attacked.context("no honest answer under attack")?,
        overruns: Measurement::new(hostile.overruns.clone(), duration),
        hostile,
        honest,
        memory: Memory { before, peak, after },
        leaked,
    })
}

/// Clients that ask for `2 + 2` at their pace.
fn honest(address: SocketAddr, end: Instant) -> JoinSet<anyhow::Result<Tally>> {
    let mut clients = JoinSet::new();
    for number in 0..HONEST {
        clients.spawn(async move {
            let mut client = Client::connect(address, format!("198.51.100.{number}")).await?;
            let mut tally = Tally::default();
            while Instant::now() < end {
                let started = Instant::now();
                let (status, body) = client.post("/execute", r#"{"code":"2 + 2"}"#.to_owned()).await?;
                if tally.admit(status, &body) {
                    tally.latencies.push(started.elapsed());
                    if !body.contains(r#""result":"4""#) {
                        tally.failures.push(body);
                    }
                }
                sleep(PACE.saturating_sub(started.elapsed())).await;
            }
            Ok(tally)
        });
    }
    clients
}

/// Clients that send hostile programs, one after the other, each in an order of its own.
fn attack(
    address: SocketAddr,
    programs: &Arc<[HostileProgram]>,
    end: Instant,
) -> JoinSet<anyhow::Result<Tally>> {
    let mut clients = JoinSet::new();
    for number in 0..HOSTILE {
        let programs = Arc::clone(programs);
        clients.spawn(async move {
            let mut client =
                Client::connect(address, format!("203.0.113.{}", number / OF_ONE_CLIENT)).await?;
            let mut tally = Tally::default();
            // Steps of a prime pass through all of them.
            let mut next = number * programs.len() / HOSTILE;
            while Instant::now() < end {
                let program = &programs[next % programs.len()];
                next += 7 + 6 * number;
                let (status, body) = client.post("/api/v1/runs", request(program)).await?;
                if tally.admit(status, &body) {
                    tally.note_outcome(program, &body);
                } else {
                    sleep(PAUSE).await;
                }
            }
            Ok(tally)
        });
    }
    clients
}

async fn join(mut clients: JoinSet<anyhow::Result<Tally>>) -> anyhow::Result<Tally> {
    let mut sum = Tally::default();
    while let Some(tally) = clients.join_next().await {
        let Tally { results, refusals, failures, latencies, overruns } =
            tally.context("a client's task died")??;
        sum.results += results;
        sum.refusals += refusals;
        sum.failures.extend(failures);
        sum.latencies.extend(latencies);
        sum.overruns.extend(overruns);
    }
    Ok(sum)
}

fn request(program: &HostileProgram) -> String {
    let limits = program.request().limits;
    let milliseconds = |limit: Duration| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    let limits = json!({
        "wall_ms": milliseconds(limits.wall),
        "cpu_ms": milliseconds(limits.cpu),
        "memory_bytes": limits.memory.as_u64(),
        "output_bytes": limits.output.as_u64(),
    });
    json!({ "code": program.request().code, "limits": limits }).to_string()
}

impl Tally {
    /// Whether an answer is a result.
    fn admit(&mut self, status: StatusCode, body: &str) -> bool {
        match status {
            StatusCode::OK => self.results += 1,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => self.refusals += 1,
            _ => self.failures.push(format!("{status}: {body}")),
        }
        status == StatusCode::OK
    }

    fn note_outcome(&mut self, program: &HostileProgram, body: &str) {
        let outcome = serde_json::from_str::<Value>(body).unwrap_or_default()["outcome"].take();
        match (outcome["status"].as_str(), outcome["usage"]["wall_ms"].as_f64()) {
            (Some("wall_time"), Some(wall)) => {
                let wall = Duration::try_from_secs_f64(wall / 1e3).unwrap_or_default();
                self.overruns.push(wall.saturating_sub(program.request().limits.wall));
            }
            (Some(_), Some(_)) => {}
            _ => self.failures.push(format!("{}: no outcome", program.name())),
        }
    }
}

/// A keep-alive connection, as one client's, told to the server as a proxy would.
struct Client {
    sender: SendRequest<Full<Bytes>>,
    address: SocketAddr,
    name: String,
}

impl Client {
    async fn connect(address: SocketAddr, name: String) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with its connection; what goes wrong on it also reaches the sender.
        tokio::spawn(connection);
        Ok(Self { sender, address, name })
    }

    async fn post(&mut self, path: &str, body: String) -> anyhow::Result<(StatusCode, String)> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header("x-forwarded-for", &self.name)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        let answer = async {
            self.sender.ready().await.context("the server closed a connection that was to be kept")?;
            let answer = self.sender.send_request(request).await.context("the request failed")?;
            let status = answer.status();
            let body = answer.into_body().collect().await.context("the answer broke off")?.to_bytes();
            anyhow::Ok((status, String::from_utf8_lossy(&body).into_owned()))
        };
        timeout(PATIENCE, answer).await.context("no answer in time")?
    }
}

/// The most memory that the server has had, looked at each second.
async fn watch(pid: u32, end: Instant) -> anyhow::Result<u64> {
    let mut peak = 0;
    while Instant::now() < end {
        peak = peak.max(memory(pid)?);
        sleep(Duration::from_secs(1)).await;
    }
    Ok(peak)
}

fn memory(pid: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the server is gone")?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.context("the kernel does not tell the server's memory")?;
    Ok(resident.trim().trim_end_matches(" kB").parse()?)
}

/// How many processes there are too many, after a time in which they may end.
async fn leaked(pid: u32) -> anyhow::Result<usize> {
    let allowed = 1 + CAPACITY;
    let end = Instant::now() + PATIENCE;
    loop {
        let children = children_of(pid);
        let count = children.len() + children.iter().map(|child| children_of(*child).len()).sum::<usize>();
        if count <= allowed || Instant::now() > end {
            ensure!(!children.is_empty(), "the zygote is gone");
            return Ok(count.saturating_sub(allowed));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

impl Report {
    /// Why the soak has failed, if it has: what must hold on any machine, however busy.
    pub(crate) fn failure(&self) -> Option<String> {
        let failure = self.hostile.failures.iter().chain(&self.honest.failures).next();
        if let Some(failure) = failure {
            return Some(failure.chars().take(300).collect());
        }
        (self.leaked > 0).then(|| format!("{} processes are left behind", self.leaked))
    }
}

impl Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { hostile, honest, idle, attacked, memory, .. } = self;
        let failures = hostile.failures.len() + honest.failures.len();
        let ratio = attacked.percentile(99).as_secs_f64() / idle.percentile(99).as_secs_f64();
        let row = |formatter: &mut Formatter<'_>, what: &str, figure: String, wanted: &str| {
            writeln!(formatter, "| {what} | {figure} | {wanted} |")
        };
        writeln!(
            formatter,
            "{}; {:?} of {} hostile programs on {HOSTILE} connections beside {HONEST} honest clients, {CAPACITY} runs at a time",
            self.machine, self.duration, self.programs
        )?;
        writeln!(formatter)?;
        writeln!(formatter, "| | figure | wanted |")?;
        writeln!(formatter, "| --- | ---: | ---: |")?;
        row(formatter, "hostile programs with a result", hostile.results.to_string(), "")?;
        row(formatter, "hostile programs refused (429, 503)", hostile.refusals.to_string(), "")?;
        row(formatter, "honest programs with a result", honest.results.to_string(), "")?;
        row(formatter, "honest programs refused (429, 503)", honest.refusals.to_string(), "")?;
        row(formatter, "requests with any other answer", failures.to_string(), "0")?;
        row(formatter, "honest p50, alone", milliseconds(idle, 50), "")?;
        row(formatter, "honest p50, under attack", milliseconds(attacked, 50), "")?;
        row(formatter, "honest p99, alone", milliseconds(idle, 99), "")?;
        row(formatter, "honest p99, under attack", milliseconds(attacked, 99), "")?;
        row(formatter, "honest p99, under attack to alone", format!("{ratio:.1} ×"), "≤ 3 ×")?;
        if let Some(overruns) = &self.overruns {
            row(formatter, "past the deadline, p50", milliseconds(overruns, 50), "")?;
            row(formatter, "past the deadline, p99", milliseconds(overruns, 99), "≤ 100 ms")?;
        }
        let Memory { before, peak, after } = memory;
        row(
            formatter,
            "the server's memory before, at most, after",
            format!("{:.1}, {:.1}, {:.1} MiB", mebibytes(*before), mebibytes(*peak), mebibytes(*after)),
            "bounded",
        )?;
        row(formatter, "processes left behind", self.leaked.to_string(), "0")
    }
}

fn milliseconds(measurement: &Measurement, percent: usize) -> String {
    format!("{:.2} ms", measurement.percentile(percent).as_secs_f64() * 1e3)
}

#[expect(clippy::cast_precision_loss, reason = "the memory of a machine in KiB is far below 2^53")]
fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1024.0
}
