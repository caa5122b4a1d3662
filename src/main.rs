//! How it starts: wiring only. Every part is made here once and handed to who needs it.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use mio::Waker;
use reeld::config::{self, Command, Config};
use reeld::library::packages::Packages;
use reeld::library::pager::{Pager, Reply};
use reeld::library::root::Root;
use reeld::net::addresses;
use reeld::net::clock;
use reeld::net::console::Console;
use reeld::net::event_loop::{self, Mail, Parts, Worker};
use reeld::net::journal::Journal;
use reeld::net::listener::{self, Shared};
use reeld::net::pace::Pace;
use reeld::net::sys::{Signal, Signals};
use reeld::ops::metrics::Metrics;
use reeld::ops::qr;
use reeld::site::{Site, listing};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn main() -> ExitCode {
    let command = config::read(std::env::args_os().skip(1), |name| std::env::var_os(name));
    let config = match command {
        Ok(Command::Serve(config)) => config,
        Ok(Command::Print(text)) => {
            _ = io::stdout().write_all(text.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(why) => return fail(&format!("{why} (see --help)"), 2),
    };
    match serve(*config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => fail(&why, 1),
    }
}

fn fail(why: &str, code: u8) -> ExitCode {
    _ = io::stderr().write_all(format!("reeld: {why}\n").as_bytes());
    ExitCode::from(code)
}

/// Everything that can fail fails before the first connection is accepted.
fn serve(config: Config) -> Result<(), String> {
    let failed = |what: &str, error: io::Error| format!("{what}: {error}");

    // Before any thread: each inherits the mask, and a signal finds nobody but who waits for it.
    let signals = Signals::block().map_err(|error| failed("signals", error))?;
    let folder = config.folder.display().to_string();
    let root = Root::open(&config.folder, config.follow_links)
        .map_err(|error| failed(&format!("cannot serve '{folder}'"), error))?;
    let doors = listen(&config)?;
    let journal = config.access_log.clone().map(|place| {
        Journal::start(place, config.site.limits.log_lines_max)
            .map_err(|error| failed("cannot write the access log", error))
    });
    let journal = journal.transpose()?;

    announce(&folder, &config, &doors);
    let console = Console::guard().map_err(|error| failed("console", error))?;
    simple_logger::SimpleLogger::new()
        .with_level(config.level)
        .init()
        .map_err(|error| format!("log: {error}"))?;

    let (site, pager) = furnish(config.site, root, config.workers, config.pager_threads)
        .map_err(|error| failed("cannot start the pager", error))?;
    // What waits in a socket leaves within a second where the kernel paces.
    let kernel_from = u64::try_from(site.limits.unsent_bytes_max).unwrap_or(u64::MAX);
    let pace = Pace::new(config.rates, kernel_from, clock::now().steady);
    let addresses = doors.len();
    let connections_max = connections_max(&site.limits, config.workers, addresses);
    let mut listeners: Vec<_> = doors
        .into_iter()
        .map(|door| door.listeners.into_iter())
        .collect();
    let mut crew = Vec::new();
    let running = Arc::new(AtomicUsize::new(config.workers));
    for number in 0..config.workers {
        let parts = |poll, mail| Parts {
            number,
            poll,
            mail,
            listeners: listeners.iter_mut().filter_map(Iterator::next).collect(),
            site: Arc::clone(&site),
            pager: pager.clone(),
            journal: journal
                .as_ref()
                .map(|(journal, _)| (journal.clone(), config.access_format)),
            connections_max: connections_max / config.workers,
            transfer: config.transfer,
            pace: pace.clone(),
        };
        let member = hire(number, &running, parts)
            .map_err(|error| failed("cannot start a worker", error))?;
        crew.push(member);
    }
    site.live.set_nudge(waking(&crew));
    log::info!(
        "{} workers, at most {connections_max} connections",
        crew.len()
    );

    let journal_handle = journal.as_ref().map(|(journal, _)| journal);
    attend(
        &signals,
        &crew,
        &running,
        journal_handle,
        Duration::from_secs(config.grace_secs),
    )
    .map_err(|error| failed("signals", error))?;
    if let Some((journal, ending)) = journal {
        drop(journal);
        ending.wait();
    }
    console.finish();
    Ok(())
}

/// What all workers share.
fn furnish(
    mut site: Site,
    root: Root,
    workers: usize,
    threads: usize,
) -> io::Result<(Arc<Site>, Pager)> {
    site.hosts.add(addresses::names());
    site.metrics = Arc::new(Metrics::new(workers, clock::now().unix_secs));
    site.packages = Arc::new(Packages::new(&site.limits));
    let packages = Arc::clone(&site.packages);
    let pager = Pager::start(root, &site.limits, listing::render, threads, packages)?;
    Ok((Arc::new(site), pager))
}

fn listen(config: &Config) -> Result<Vec<Shared>, String> {
    let (workers, unsent) = (config.workers, config.site.limits.unsent_bytes_max);
    if config.binds.is_empty() {
        return listener::listen_everywhere(config.port, workers, unsent)
            .map(|shared| vec![shared])
            .map_err(|error| format!("cannot listen on port {}: {error}", config.port));
    }
    let each = config.binds.iter().map(|address| {
        listener::listen(*address, workers, unsent)
            .map_err(|error| format!("cannot listen at {address}: {error}"))
    });
    each.collect()
}

/// Raises the soft limit of descriptors to the hard one, and leaves room for files, pipes and logs.
fn connections_max(limits: &reeld::limits::Limits, workers: usize, addresses: usize) -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    );
    let Rlimit { current, .. } = getrlimit(Resource::Nofile);
    let descriptors = current.map_or(1 << 20, |count| usize::try_from(count).unwrap_or(1 << 20));
    let ours = 32 + workers * (4 + addresses + limits.entries_max.min(descriptors / 8 / workers));
    let room = descriptors.saturating_sub(ours).max(workers);
    match limits.connections_max {
        0 => room,
        most => most.max(workers).min(room),
    }
}

/// A worker, and how to tell it something.
struct Member {
    sender: Sender<Mail>,
    waker: Arc<Waker>,
}

impl Member {
    fn tell(&self, mail: Mail) {
        // A worker that has ended needs to be told nothing.
        _ = self.sender.send(mail);
        _ = self.waker.wake();
    }
}

fn hire(
    number: usize,
    running: &Arc<AtomicUsize>,
    parts: impl FnOnce(mio::Poll, std::sync::mpsc::Receiver<Mail>) -> Parts,
) -> io::Result<Member> {
    let (poll, waker) = event_loop::poll()?;
    let (sender, mail) = channel();
    let back = (sender.clone(), Arc::clone(&waker));
    let reply: Reply = Arc::new(move |done| {
        _ = back.0.send(Mail::Done(done));
        _ = back.1.wake();
    });
    let worker = Worker::new(parts(poll, mail), reply)?;
    let running = Arc::clone(running);
    std::thread::Builder::new()
        .name(format!("worker-{number}"))
        .spawn(move || {
            if let Err(error) = worker.run() {
                // A port that half answers is worse than none: whoever watches us starts us again.
                log::error!("worker {number}: {error}");
                std::process::abort();
            }
            running.fetch_sub(1, Ordering::Release);
            _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::USR2,
            );
        })?;
    Ok(Member { sender, waker })
}

/// What wakes all workers.
fn waking(crew: &[Member]) -> Box<dyn Fn() + Send + Sync> {
    let wakers: Vec<_> = crew.iter().map(|one| Arc::clone(&one.waker)).collect();
    Box::new(move || wakers.iter().for_each(|waker| _ = waker.wake()))
}

/// Waits for signals until the workers have ended, or a second one says that nobody wants to wait.
fn attend(
    signals: &Signals,
    crew: &[Member],
    running: &AtomicUsize,
    journal: Option<&Journal>,
    grace: Duration,
) -> io::Result<()> {
    let mut is_stopping = false;
    loop {
        match signals.wait()? {
            Signal::Stop if is_stopping => return Ok(()),
            Signal::Stop => {
                is_stopping = true;
                log::info!("stopping; replies may finish for {} s", grace.as_secs());
                let until = clock::now().steady + grace;
                crew.iter()
                    .for_each(|member| member.tell(Mail::Stop(until)));
            }
            Signal::Rescan => crew.iter().for_each(|member| member.tell(Mail::Rescan)),
            Signal::Reopen => {
                if let Some(journal) = journal {
                    journal.reopen();
                }
            }
            Signal::WorkerEnded => {}
        }
        if running.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
    }
}

/// Says where it can be watched, the addresses that other devices can reach first.
fn announce(folder: &str, config: &Config, doors: &[Shared]) {
    let bound: Vec<SocketAddr> = doors.iter().map(|door| door.address).collect();
    let all = addresses::reachable(&bound);
    let mut text = String::new();
    if !config.is_quiet {
        let version = env!("CARGO_PKG_VERSION");
        text.push_str(&format!("reeld {version} serves '{folder}':\n"));
        for address in &all {
            text.push_str(&format!("  http://{address}/\n"));
        }
    }
    if let (true, Some(first)) = (config.draws_code, all.first()) {
        text.push_str(&qr::draw(&format!("http://{first}/")).unwrap_or_default());
    }
    _ = io::stdout().write_all(text.as_bytes());
    _ = io::stdout().flush();
}
