//! `bench backlog [BENEFICIARIES]`: CMS is away and feeds go on coming, each about somebody new. What a message costs at the beginning
//! and at the end, what it takes on disk, and what memory the process has. Then CMS comes back, as the sandbox: what a piece of the
//! backlog takes to its end, against one of a small backlog.

use crate::pipeline::service::{FILE, Running};
use access_bridge::config::Environment;
use bridge_sandbox::{Options, Sandbox, Scenario};
use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// People of the smaller backlog.
const FEW: usize = 10_000;
/// People of the larger backlog, unless said otherwise.
const MANY: usize = 100_000;
/// Messages whose time is taken at each of the two.
const WINDOW: usize = 4_000;
/// The window is taken in so many parts, of which the middle one counts.
const PARTS: usize = 5;
/// Between two looks at how much is done: each counts the whole backlog, and is to cost the drain little.
const LOOK: Duration = Duration::from_secs(1);
/// Longest that a part of the drain may take.
const STALLED: Duration = Duration::from_secs(600);
const CONNECTIONS: usize = 8;
/// Most that a message may cost at the end, as a multiple of what it cost at the beginning.
const AIM_RATIO: f64 = 1.2;
/// Most memory, in MB.
const AIM_MEMORY: u64 = 256;
/// Five million feeds on 32 GB.
const AIM_BYTES: u64 = 6_400;

/// Letters of a Medicare number.
const LETTERS: &[u8; 20] = b"ACDEFGHJKMNPQRTUVWXY";

/// Measures and prints.
pub(crate) fn run(folder: &Path, people: Option<&str>) -> Result<(), Box<dyn Error>> {
    let people = people.map_or(Ok(MANY), str::parse)?.max(2 * FEW);
    let folder = tempfile::tempdir_in(folder)?;
    let service = Running::start(folder.path(), FILE, "")?;
    let mut sent = 0;
    fill(service.address, &mut sent, FEW - WINDOW)?;
    let few = window(service.address, &mut sent)?;
    let few_claim = service.claim_time()?;
    fill(service.address, &mut sent, people - WINDOW)?;
    let many = window(service.address, &mut sent)?;
    let many_claim = service.claim_time()?;
    let bytes = size(folder.path())? / u64::try_from(sent)?;
    let memory = memory()?;
    drop(service);
    let many_drain = drain(folder.path())?;
    let few_drain = {
        let folder = tempfile::tempdir_in(folder.path())?;
        let service = Running::start(folder.path(), FILE, "")?;
        fill(service.address, &mut 0, FEW)?;
        drop(service);
        drain(folder.path())?
    };
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    println!("{sent} feeds, each about somebody new, {CONNECTIONS} connections, CMS away");
    println!(
        "cost of a message at {people} over {FEW} people: {ratio:.2}x (aim {AIM_RATIO} or less: {})",
        met(ratio <= AIM_RATIO)
    );
    println!(
        "claiming work at {people} over {FEW} people:     {:.2}x",
        many_claim.as_secs_f64() / few_claim.as_secs_f64()
    );
    println!(
        "checking one of a backlog to its end at {people} over {FEW} people: {:.2}x",
        many_drain.as_secs_f64() / few_drain.as_secs_f64()
    );
    println!(
        "bytes on disk for each feed with its chart and submission: {bytes} (aim {AIM_BYTES} or less: {})",
        met(bytes <= AIM_BYTES)
    );
    println!(
        "most memory of service and senders: {memory} MB (aim {AIM_MEMORY} or less: {})",
        met(memory <= AIM_MEMORY)
    );
    Ok(())
}

/// CMS is back for a while. What a piece of the backlog takes from then to its end: the middle of some parts.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn drain(folder: &Path) -> Result<Duration, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sandbox = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        Ok::<_, Box<dyn Error>>(Sandbox::start(listener, Scenario::default(), Options::default())?)
    })?;
    let hurry = ["POLL_FIRST", "POLL_INTERVAL", "POLL_INTERVAL_MAX"]
        .map(|name| (format!("ACCESS_BRIDGE_TIMES__{name}"), "1s".to_owned()));
    let environment: Environment = hurry.into_iter().collect();
    let service = Running::at((&sandbox.base_url(), &sandbox.token_url()), folder, FILE, "", &environment)?;
    let mut before = service.done()?;
    let mut parts = Vec::new();
    for _ in 0..PARTS {
        let (start, enough) = (Instant::now(), before + u64::try_from(WINDOW / PARTS)?);
        let mut done = service.done()?;
        while done < enough {
            if start.elapsed() > STALLED {
                return Err("the backlog is not worked off".into());
            }
            std::thread::sleep(LOOK);
            done = service.done()?;
        }
        parts.push(start.elapsed().div_f64((done - before) as f64));
        before = done;
    }
    drop(service);
    runtime.block_on(sandbox.shutdown());
    parts.sort();
    Ok(parts[PARTS / 2])
}

const fn met(met: bool) -> &'static str {
    if met { "met" } else { "not met" }
}

/// Sends until so many were sent.
fn fill(address: SocketAddr, sent: &mut usize, until: usize) -> std::io::Result<()> {
    let from = *sent;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|connection| scope.spawn(move || send(address, (from + connection..until).step_by(CONNECTIONS))))
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Err(std::io::ErrorKind::Other.into())))
    })?;
    *sent = until;
    Ok(())
}

/// What a message takes: the middle of some parts.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn window(address: SocketAddr, sent: &mut usize) -> std::io::Result<Duration> {
    let mut parts = Vec::new();
    for _ in 0..PARTS {
        let start = Instant::now();
        let until = *sent + WINDOW / PARTS;
        fill(address, sent, until)?;
        parts.push(start.elapsed());
    }
    parts.sort();
    Ok(parts[PARTS / 2])
}

fn send(address: SocketAddr, numbers: impl Iterator<Item = usize>) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut chunk = [0; 4096];
    for number in numbers {
        stream.write_all(&frame(number))?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\x1c\r") {
            let count = stream.read(&mut chunk)?;
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(&chunk[..count]);
        }
        if !answer.windows(7).any(|window| window == b"MSA|AA|") {
            return Err(std::io::Error::other("a feed was refused"));
        }
    }
    Ok(())
}

/// Everything under a folder, in bytes.
fn size(folder: &Path) -> std::io::Result<u64> {
    fs::read_dir(folder)?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("ledger"))
        .map(|entry| Ok(entry.metadata()?.len()))
        .sum()
}

/// Most memory the process had, in MB.
fn memory() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).ok_or("no VmHWM")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kilobytes / 1024)
}

/// A registration of somebody new, in its frame.
fn frame(number: usize) -> Vec<u8> {
    let letter = |at: usize| char::from(LETTERS[at % LETTERS.len()]);
    let digit = |at: usize| at % 10;
    let mbi = format!(
        "3T{}{}RK{}{}{}{}{}",
        letter(number / 4_000_000),
        digit(number / 400_000),
        digit(number / 40_000),
        letter(number / 2_000),
        letter(number / 100),
        digit(number / 10),
        digit(number)
    );
    let person = format!("Backlog^Person{}^{}", letter(number / 7), letter(number));
    format!(
        "\x0bMSH|^~\\&|EPIC|LAKESHORE|ACCESSBRIDGE|ACCESS|20260728080000-0500||ADT^A04^ADT_A01|B{number:08}|P|2.5.1\r\
         EVN|A04|20260728080000\r\
         PID|1||{number:08}^^^LAKESHORE^MR~{mbi}^^^CMS^MC||{person}||19470912|F|||{number} Prairie Avenue^^Oak Park^IL^60302^USA^H\r\
         PV1|1|O\r\
         DG1|1||E119^Type 2 diabetes mellitus without complications^I10||20260714|F\r\
         IN1|1|MCRA^Medicare Part A|00831^^^^NIIP|Medicare||||||||20160101|||MA|{person}|SEL^Self^HL70063|19470912||||1||||||||||||||{mbi}\r\
         IN1|2|MCRB^Medicare Part B|00831^^^^NIIP|Medicare||||||||20160101|||MB|{person}|SEL^Self^HL70063|19470912||||2||||||||||||||{mbi}\r\x1c\r"
    )
    .into_bytes()
}
