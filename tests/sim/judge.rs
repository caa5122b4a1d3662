//! Owns what replies must be for a script: which come, in which order, saying what.
//! Knows nothing of the steps that led there.

use reeld::conn::CloseReason;

use crate::drive::Ran;
use crate::script::{Content, Fate, Item, Script, Wanted};
use crate::wire::{self, Reply};

type Judged = Result<(), String>;

/// Where nothing went wrong outside, every item has its reply, whole.
pub(crate) fn calm(script: &Script, ran: &Ran) -> Judged {
    let replies = read(script, ran)?;
    if replies.iter().any(|reply| !reply.is_whole) {
        return Err("a reply that was not sent whole".to_owned());
    }
    let reasons = [
        CloseReason::Done,
        CloseReason::Refused,
        CloseReason::PeerClosed,
        CloseReason::PeerGone,
    ];
    if !reasons.contains(&ran.reason) {
        return Err(format!("closed for {:?} in calm weather", ran.reason));
    }
    let seen = match_items(script, &replies, true)?;
    // Items that came whole, up to one that ends the connection or that nobody can foresee.
    let mut end = 0;
    for (number, item) in script.items.iter().enumerate() {
        end += item.bytes.len();
        if end > script.bytes.len() || matches!(item.fate, Fate::Unknown) {
            return if seen >= number {
                Ok(())
            } else {
                Err(format!("{seen} replies to {number} whole requests"))
            };
        }
        if seen <= number {
            return Err(format!("no reply to item {number}"));
        }
        if matches!(item.fate, Fate::Last(_) | Fate::Perhaps(_)) {
            break;
        }
    }
    records(ran, &replies)
}

/// In a storm replies may be missing or cut, statuses may tell of the weather; never the content.
pub(crate) fn stormy(script: &Script, ran: &Ran) -> Judged {
    let replies = read(script, ran)?;
    let cut = replies.iter().filter(|reply| !reply.is_whole).count();
    if cut > 1 || (cut == 1 && replies.last().is_some_and(|reply| reply.is_whole)) {
        return Err("a cut reply before another one".to_owned());
    }
    if cut == 1 && matches!(ran.reason, CloseReason::Done | CloseReason::Idle) {
        return Err(format!("{:?}, with a reply half sent", ran.reason));
    }
    match_items(script, &replies, false)?;
    records(ran, &replies)
}

/// Two runs of one script say the same, byte for byte.
///
/// What may differ: `100 Continue` is left out where the body was already there; and what follows
/// an item whose end depends on what came with it.
pub(crate) fn alike(script: &Script, one: &Ran, other: &Ran) -> Judged {
    let settled = script
        .items
        .iter()
        .position(|item| matches!(item.fate, Fate::Perhaps(_)))
        .unwrap_or(usize::MAX);
    let one_replies = read(script, one)?;
    let other_replies = read(script, other)?;
    for number in 0..one_replies.len().max(other_replies.len()).min(settled) {
        let raw = |ran: &Ran, replies: &[Reply<'_>]| {
            let reply = replies.get(number);
            reply.map(|reply| ran.sent[reply.raw.clone()].to_vec())
        };
        let (one, other) = (raw(one, &one_replies), raw(other, &other_replies));
        if one != other {
            let text = |bytes: Option<Vec<u8>>| {
                let bytes = bytes.unwrap_or_else(|| b"nothing".to_vec());
                bytes[..bytes.len().min(600)].escape_ascii().to_string()
            };
            return Err(format!(
                "cuts changed reply {number}\n  from {}\n    to {}",
                text(one),
                text(other)
            ));
        }
    }
    Ok(())
}

fn read<'a>(script: &Script, ran: &'a Ran) -> Result<Vec<Reply<'a>>, String> {
    wire::read(&ran.sent, |number| script.is_head(number))
}

/// Replies against items, in order; returns how many replies there are.
fn match_items(script: &Script, replies: &[Reply<'_>], is_calm: bool) -> Result<usize, String> {
    let mut is_known = true;
    let mut is_over = false;
    let mut origins = Vec::new();
    for (number, reply) in replies.iter().enumerate() {
        if is_over {
            return Err(format!("reply {number} comes after the last one"));
        }
        is_over = reply.field("connection") == Some("close");
        if let Some(origin) = reply.field("access-control-allow-origin") {
            let origin = origin.strip_prefix("http://o").unwrap_or_default();
            origins.push(origin.parse::<usize>().map_err(|error| error.to_string())?);
        }
        let Some(item) = script.items.get(number).filter(|_| is_known) else {
            continue;
        };
        let at = |why: String| format!("item {number}: {why}");
        match &item.fate {
            Fate::Unknown => is_known = false,
            Fate::Answered(wanted) => {
                match_item(item, wanted, reply, is_calm).map_err(at)?;
                if is_calm && is_over {
                    return Err(at("it ended the connection".to_owned()));
                }
            }
            Fate::Last(wanted) => {
                match_item(item, wanted, reply, is_calm).map_err(at)?;
                if reply.is_whole && !is_over {
                    return Err(at("the connection goes on".to_owned()));
                }
            }
            Fate::Perhaps(wanted) => {
                match_item(item, wanted, reply, is_calm).map_err(at)?;
                is_known = !is_over;
            }
        }
    }
    if origins.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(format!("replies in the order {origins:?}"));
    }
    Ok(replies.len())
}

fn match_item(item: &Item, wanted: &Wanted, reply: &Reply<'_>, is_calm: bool) -> Judged {
    let Wanted { status, body } = wanted;
    if reply.interims > usize::from(item.expects) {
        return Err(format!("{} times 100 Continue", reply.interims));
    }
    // The weather's own: too slow, not found in time, not readable.
    if !is_calm && matches!(reply.status, 0 | 403 | 408 | 503) {
        return Ok(());
    }
    if reply.status != *status {
        return Err(format!("{} instead of {status}", reply.status));
    }
    if !reply.is_whole {
        return Ok(());
    }
    if reply.field("access-control-allow-origin") != item.origin.as_deref() {
        return Err("the reply to another request".to_owned());
    }
    match body {
        Content::Any => {}
        Content::Empty if reply.body.is_empty() => {}
        Content::Empty => return Err("a body where none belongs".to_owned()),
        Content::Bytes(bytes) if reply.body == bytes.as_slice() => {}
        Content::Bytes(_) => return Err("other bytes".to_owned()),
        Content::Parts(wanted) => {
            let parts = wire::parts(reply)?;
            let is_same = parts.len() == wanted.len()
                && std::iter::zip(&parts, wanted)
                    .all(|((at, bytes), (start, part))| at == start && *bytes == &part[..]);
            if !is_same {
                return Err("other parts".to_owned());
            }
        }
    }
    match (reply.status, reply.field("content-range")) {
        (206, Some(range)) => {
            let (first, last, _) = wire::content_range(range)?;
            if last - first + 1 != reply.body.len() {
                return Err(format!("{range} with {} bytes", reply.body.len()));
            }
        }
        (206, None) if matches!(body, Content::Parts(_)) => {}
        (416, Some(range)) if range.starts_with("bytes */") => {}
        (206 | 416, _) => return Err("no Content-Range".to_owned()),
        (_, Some(_)) => return Err("a Content-Range that does not belong".to_owned()),
        (_, None) => {}
    }
    Ok(())
}

/// Each reply is in the access log once, with what the socket took of it.
fn records(ran: &Ran, replies: &[Reply<'_>]) -> Judged {
    if !ran.is_logged {
        return if ran.records.is_empty() {
            Ok(())
        } else {
            Err("records that nobody asked for".to_owned())
        };
    }
    if ran.records.len() < replies.len() {
        let (count, all) = (ran.records.len(), replies.len());
        return Err(format!("{count} records of {all} replies"));
    }
    for (number, record) in ran.records.iter().enumerate() {
        let reply = replies.get(number);
        let (status, bytes, is_whole) = reply.map_or((record.status, 0, false), |reply| {
            (reply.status, reply.body.len(), reply.is_whole)
        });
        let is_right = (record.status == status || (status == 0 && !is_whole))
            && record.bytes == u64::try_from(bytes).unwrap()
            && (record.end == "done") == (is_whole || ran.reason == CloseReason::Done);
        if !is_right {
            return Err(format!("reply {number} is recorded as {record:?}"));
        }
    }
    Ok(())
}
