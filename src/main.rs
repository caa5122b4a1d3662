//! How it starts: wiring only. Every part is made here once and handed to who needs it.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
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
use reeld::net::crowd::Crowd;
use reeld::net::event_loop::{self, Mail, Parts, Worker};
use reeld::net::healthcheck;
use reeld::net::inherited;
use reeld::net::journal::{Journal, Sink};
use reeld::net::listener::{self, Shared};
use reeld::net::notify::Notify;
use reeld::net::pace::Pace;
use reeld::net::sandbox::{self, Needs};
use reeld::net::sys::{Signal, Signals};
use reeld::ops::metrics::Metrics;
use reeld::ops::qr;
use reeld::site::admission::{Admission, Terms};
use reeld::site::{Site, listing};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn main() -> ExitCode {
    let command = config::read(std::env::args_os().skip(1), |name| std::env::var_os(name));
    let config = match command {
        Ok(Command::Serve(config)) => config,
        Ok(Command::Print(text)) => return print(&text),
        Ok(Command::Sign(order)) => return print(&order.addresses(clock::now().unix_secs)),
        Ok(Command::AskHealth(addresses, patience)) => return ask_health(&addresses, patience),
        Err(why) => return fail(&format!("{why} (see --help)"), 2),
    };
    match serve(*config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => fail(&why, 1),
    }
}

fn print(text: &str) -> ExitCode {
    _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// A variable that whoever started us has set; one that is not text is none of theirs.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn fail(why: &str, code: u8) -> ExitCode {
    _ = io::stderr().write_all(format!("reeld: {why}\n").as_bytes());
    ExitCode::from(code)
}

/// All of them must be well, as nobody can see from outside which one is missed.
fn ask_health(addresses: &[SocketAddr], patience: Duration) -> ExitCode {
    for address in addresses {
        if let Err(error) = healthcheck::ask(*address, patience) {
            return fail(&format!("{address} is not well: {error}"), 1);
        }
    }
    print("ok\n")
}

fn failed(what: &str, error: io::Error) -> String {
    format!("{what}: {error}")
}

/// What is opened before the process is locked in.
struct Opened {
    signals: Signals,
    doors: Vec<Shared>,
    root: Root,
    log: Option<Sink>,
    connections_max: usize,
    notify: io::Result<Notify>,
}

/// Everything that can fail fails before the first connection is accepted.
fn serve(mut config: Config) -> Result<(), String> {
    // Before anything is opened: what is open now was passed in.
    let passed = inherited::sockets(variable)?;
    // Before any thread: each inherits the mask, and a signal finds nobody but who waits for it.
    let signals = Signals::block().map_err(|error| failed("signals", error))?;
    let doors = listen(&config, passed)?;
    if let Some(user) = &config.user {
        user.assume()
            .map_err(|error| failed(&format!("cannot become user {}", user.name()), error))?;
    }
    let folder = config.folder.display().to_string();
    let root = Root::open(&config.folder, config.follow_links)
        .map_err(|error| failed(&format!("cannot serve '{folder}'"), error))?;
    let log = config.access_log.clone().map(Sink::open).transpose();
    let log = log.map_err(|error| failed("cannot write the access log", error))?;
    let bound: Vec<_> = doors.iter().map(|door| door.address).collect();
    let reachable = addresses::reachable(&bound);
    config.site.hosts.add(addresses::names());
    let connections_max = connections_max(&config.site.limits, config.workers, doors.len());
    let notify = Notify::connect(variable);

    // The first thread is started after this: none is outside.
    let needs = Needs {
        folder: root.dir(),
        is_everything_read: config.follow_links,
        log: log.as_ref().and_then(Sink::path),
    };
    let walls = sandbox::enter(config.sandbox, &needs)?;
    let walls = sandbox::line(&walls, config.user.as_ref());
    announce(&folder, &config, &reachable, &walls);
    let opened = Opened {
        signals,
        doors,
        root,
        log,
        connections_max,
        notify,
    };
    work(config, opened)
}

/// Starts all threads, and waits for the end.
fn work(config: Config, opened: Opened) -> Result<(), String> {
    let journal = opened.log.map(|log| {
        Journal::start(log, config.site.limits.log_lines_max)
            .map_err(|error| failed("cannot write the access log", error))
    });
    let journal = journal.transpose()?;
    let console = Console::guard().map_err(|error| failed("console", error))?;
    simple_logger::SimpleLogger::new()
        .with_level(config.level)
        .init()
        .map_err(|error| format!("log: {error}"))?;
    let mut notify = opened.notify.unwrap_or_else(|error| {
        log::warn!("who started us cannot be told: NOTIFY_SOCKET: {error}");
        Notify::default()
    });

    let crew_size = (config.workers, config.pager_threads);
    let (site, pager) = furnish(config.site, config.terms, opened.root, crew_size)
        .map_err(|error| failed("cannot start the pager", error))?;
    let crowd = config.per_client_max.map(Crowd::shared);
    // What waits in a socket leaves within a second where the kernel paces.
    let kernel_from = u64::try_from(site.limits.unsent_bytes_max).unwrap_or(u64::MAX);
    let pace = Pace::new(config.rates, kernel_from, clock::now().steady);
    let connections_max = opened.connections_max;
    let mut listeners: Vec<_> = opened
        .doors
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
            crowd: crowd.clone(),
            transfer: config.transfer,
            pace: pace.clone(),
        };
        let member = hire(number, &running, parts)
            .map_err(|error| failed("cannot start a worker", error))?;
        crew.push(member);
    }
    site.live.set_nudge(waking(&crew));
    say_ready(&mut notify, crew.len(), connections_max);

    let journal_handle = journal.as_ref().map(|(journal, _)| journal);
    attend(
        &opened.signals,
        &crew,
        &running,
        journal_handle,
        Duration::from_secs(config.grace_secs),
        notify,
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
    terms: Option<Terms>,
    root: Root,
    (workers, threads): (usize, usize),
) -> io::Result<(Arc<Site>, Pager)> {
    let now = clock::now();
    site.metrics = Arc::new(Metrics::new(workers, now.unix_secs));
    site.admission = terms.map(|terms| Arc::new(Admission::new(terms, &site.limits, now.steady)));
    site.packages = Arc::new(Packages::new(&site.limits));
    let packages = Arc::clone(&site.packages);
    let pager = Pager::start(root, &site.limits, listing::render, threads, packages)?;
    Ok((Arc::new(site), pager))
}

fn listen(config: &Config, passed: Vec<OwnedFd>) -> Result<Vec<Shared>, String> {
    let (workers, limits) = (config.workers, &config.site.limits);
    if let (false, Some(option)) = (passed.is_empty(), &config.placed_by) {
        return Err(format!("{option}: sockets were passed in (LISTEN_FDS)"));
    }
    let mut doors = Vec::new();
    for socket in passed {
        let shared = listener::share(socket, workers, limits);
        doors.push(shared.map_err(|error| format!("a socket that was passed in: {error}"))?);
    }
    if !doors.is_empty() {
        return Ok(doors);
    }
    if config.binds.is_empty() {
        return listener::listen_everywhere(config.port, workers, limits)
            .map(|shared| vec![shared])
            .map_err(|error| format!("cannot listen on port {}: {error}", config.port));
    }
    let each = config.binds.iter().map(|address| {
        listener::listen(*address, workers, limits)
            .map_err(|error| format!("cannot listen at {address}: {error}"))
    });
    each.collect()
}

fn say_ready(notify: &mut Notify, workers: usize, connections_max: usize) {
    let size = format!("{workers} workers, at most {connections_max} connections");
    log::info!("{size}");
    notify.ready(&size, clock::now().steady);
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
    mut notify: Notify,
) -> io::Result<()> {
    let mut is_stopping = false;
    loop {
        let patience = notify.patience(clock::now().steady);
        match signals.wait(patience)? {
            None => {}
            Some(Signal::Stop) if is_stopping => return Ok(()),
            Some(Signal::Stop) => {
                is_stopping = true;
                notify.stop(grace);
                log::info!("stopping; replies may finish for {} s", grace.as_secs());
                let until = clock::now().steady + grace;
                crew.iter()
                    .for_each(|member| member.tell(Mail::Stop(until)));
            }
            Some(Signal::Rescan) => {
                crew.iter().for_each(|member| member.tell(Mail::Rescan));
                notify.reload(clock::now().steady);
            }
            Some(Signal::Reopen) => {
                if let Some(journal) = journal {
                    journal.reopen();
                }
            }
            Some(Signal::WorkerEnded) => {}
        }
        if let Some(roll) = notify.check(crew.len(), clock::now().steady) {
            crew.iter()
                .for_each(|member| member.tell(Mail::RollCall(Arc::clone(&roll))));
        }
        if running.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
    }
}

/// Says where it can be watched, the addresses that other devices can reach first, and how it is locked in.
fn announce(folder: &str, config: &Config, all: &[SocketAddr], walls: &str) {
    let mut text = String::new();
    if !config.is_quiet {
        let version = env!("CARGO_PKG_VERSION");
        text.push_str(&format!("reeld {version} serves '{folder}':\n"));
        for address in all {
            text.push_str(&format!("  http://{address}/\n"));
        }
        text.push_str(&format!("{walls}\n"));
    }
    if let (true, Some(first)) = (config.draws_code, all.first()) {
        text.push_str(&qr::draw(&format!("http://{first}/")).unwrap_or_default());
    }
    _ = io::stdout().write_all(text.as_bytes());
    _ = io::stdout().flush();
}
