//! Owns what a connection asks the library, and what becomes of the answers: some need another question.
//! Knows nothing of who answers, nor of what replies look like.
//!
//! ```text
//! File       name ──▶ entry ──▶ reply
//! Subtitle   name ──▶ entry ──▶ text ──▶ reply
//! Faststart  name ──▶ entry ──▶ head ──▶ reply
//! Packaged   name ──▶ entry ──▶ package ──▶ reply, or text ──▶ reply
//! Listing    list ──▶ reply
//! ```

use std::sync::Arc;

use super::{Conn, Exchange, Phase, Spare};
use crate::http::body::Body;
use crate::http::date::Now;
use crate::http::status::{Refusal, Status};
use crate::library::catalogue::Answer;
use crate::library::entry::Entry;
use crate::library::name::Name;
use crate::library::packages::Made;
use crate::library::root::Missing;
use crate::media::package::Package;
use crate::site::respond::{Asked, Replied, packaged};

/// What a request needs of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    File,
    /// First the file, then what is made of it.
    Subtitle,
    /// First the file, then its package, then a text that is made of that, if it is one.
    Packaged,
    /// First the file, then the same with its index in front.
    Faststart,
    Listing,
}

/// A question for the library, to be answered with [`Conn::handle_answer`].
#[derive(Debug, Clone, Copy)]
pub enum Question<'a> {
    /// The file of this name.
    File(Name<'a>),
    /// The subtitles of this file, as WebVTT.
    Subtitle(&'a Arc<Entry>),
    /// What the segments of this file, of this name, are made from.
    Package(&'a Arc<Entry>, Name<'a>),
    /// The same file with its index in front.
    Faststart(&'a Arc<Entry>, Name<'a>),
    /// A text about it: this resource.
    Text(&'a Arc<Entry>, Name<'a>, &'a Arc<Package>, &'a [u8]),
    /// The list of all.
    Listing,
}

impl Exchange {
    fn question(&self, ask: Ask) -> Option<Question<'_>> {
        let name = Name::check(&self.name);
        Some(match (ask, &self.entry, &self.package) {
            (Ask::Listing, _, _) => Question::Listing,
            (Ask::File, _, _) | (_, None, _) => Question::File(name?),
            (Ask::Subtitle, Some(entry), _) => Question::Subtitle(entry),
            (Ask::Faststart, Some(entry), _) => Question::Faststart(entry, name?),
            (Ask::Packaged, Some(entry), None) => Question::Package(entry, name?),
            (Ask::Packaged, Some(entry), Some(package)) => {
                Question::Text(entry, name?, package, &self.resource)
            }
        })
    }

    /// Takes in an answer that another question follows from.
    fn needs_more(&mut self, ask: Ask, answer: &Answer, subtitle_bytes_max: usize) -> bool {
        match (ask, answer) {
            (Ask::Subtitle, Answer::File(entry)) => {
                let is_short = u64::try_from(subtitle_bytes_max).is_ok_and(|it| entry.len() <= it);
                self.entry = Some(Arc::clone(entry)).filter(|_| is_short);
            }
            (Ask::Packaged, Answer::File(entry)) => {
                let view = self.view();
                let is_gone =
                    view.is_some_and(|view| packaged::is_gone(&view, entry, &self.resource));
                self.entry = Some(Arc::clone(entry)).filter(|_| !is_gone);
            }
            (Ask::Faststart, Answer::File(entry)) => self.entry = Some(Arc::clone(entry)),
            (Ask::Packaged, Answer::Made(Made::Package(package))) => {
                if !packaged::is_text(&self.resource) {
                    return false;
                }
                self.package = Some(Arc::clone(package));
            }
            (_, _) => return false,
        }
        self.entry.is_some()
    }
}

/// An answer that a reply follows from.
pub(super) struct Found<'a> {
    pub(super) ask: Ask,
    answer: &'a Answer,
    /// The file, where something was made of it.
    entry: Option<&'a Arc<Entry>>,
    /// What of a title that is packaged.
    resource: &'a [u8],
}

impl Found<'_> {
    pub(super) fn tell(&self, asked: &Asked<'_>, body: &mut Body) -> Replied {
        match (self.answer, self.ask) {
            (Answer::File(_), Ask::Subtitle) => asked.refuse(SUBTITLE_TOO_LARGE, body),
            (Answer::File(_), Ask::Packaged) => asked.refuse(packaged::GONE, body),
            (Answer::File(entry), _) => asked.file(entry, body),
            (Answer::Subtitle(entry, made), _) => asked.subtitle(entry, made, body),
            (Answer::Listing(listing), _) => asked.listing(listing, body),
            (Answer::Made(made), _) => match self.entry {
                Some(entry) => asked.made(entry, made, self.resource, body),
                None => asked.missing(Missing::NotFound, body),
            },
            (Answer::Missing(missing), _) => asked.missing(*missing, body),
        }
    }

    /// Whether it is a picture of a title, as the page draws them, rather than something to watch.
    pub(super) fn is_key_frame(&self) -> bool {
        self.ask == Ask::Packaged && packaged::is_key_frame(self.resource)
    }
}

impl Conn {
    /// What the library is to be asked.
    pub fn question(&self) -> Option<Question<'_>> {
        let Phase::Asking(ask) = self.phase else {
            return None;
        };
        self.exchange.as_ref()?.question(ask)
    }

    /// The library answered.
    pub fn handle_answer(&mut self, answer: &Answer, now: &Now, spare: &mut Spare) {
        let Phase::Asking(ask) = self.phase else {
            debug_assert!(false, "nothing was asked");
            return;
        };
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        if exchange.needs_more(ask, answer, self.site.limits.subtitle_bytes_max) {
            return self.ask(ask, now);
        }
        let entry = exchange.entry.take();
        let resource = std::mem::take(&mut exchange.resource);
        let found = Found {
            ask,
            answer,
            entry: entry.as_ref(),
            resource: &resource,
        };
        if self.is_admitted(&found, now) {
            self.reply(now, |asked, body| found.tell(asked, body));
        }
        if let Some(exchange) = &mut self.exchange {
            exchange.resource = resource;
        }
        self.advance(now, spare);
        self.settle(now, spare);
    }

    pub(super) fn ask(&mut self, ask: Ask, now: &Now) {
        if self.body().is_none() {
            self.since = now.steady;
        }
        self.serial = self.serial.wrapping_add(1);
        self.phase = Phase::Asking(ask);
    }
}

const SUBTITLE_TOO_LARGE: Refusal = Refusal::new(Status::CONTENT_TOO_LARGE, "subtitle-too-large");
