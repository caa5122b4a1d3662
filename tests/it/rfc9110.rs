//! RFC 9110, HTTP semantics: a module for each section, and above each test what it demands.
//!
//! Owns what requests and replies mean: validators, preconditions, ranges, methods.

use std::time::{Duration, SystemTime};

use crate::server::Server;

mod s10_1_1_expect;
mod s13_1_1_if_match;
mod s13_1_2_if_none_match;
mod s13_1_3_if_modified_since;
mod s13_1_4_if_unmodified_since;
mod s13_1_5_if_range;
mod s13_2_1_when_to_evaluate;
mod s13_2_2_precedence;
mod s14_1_2_byte_ranges;
mod s14_2_range;
mod s14_3_accept_ranges;
mod s14_4_content_range;
mod s14_6_multipart;
mod s15_3_7_partial_content;
mod s15_4_5_not_modified;
mod s15_5_13_precondition_failed;
mod s15_5_17_range_not_satisfiable;
mod s5_6_7_dates;
mod s6_6_1_date;
mod s8_6_content_length;
mod s8_8_2_last_modified;
mod s8_8_3_etag;
mod s9_3_2_head;
mod s9_3_7_options;

/// When `a.mp4` of [`with_old_digits`] was modified, and a second and years around it.
const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
const LONG_BEFORE: &str = "Thu, 01 Jan 1970 00:00:01 GMT";
const LONG_AFTER: &str = "Mon, 01 Jan 2024 00:00:00 GMT";

/// A server whose file of ten digits is old enough for its date to be a strong validator.
fn with_old_digits() -> Server {
    Server::start(&[], |folder| {
        folder.write("a.mp4", "0123456789");
        folder.set_modified("a.mp4", at(784_111_777));
    })
}

/// A point in time, in seconds since 1970.
fn at(secs: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(secs)
}

/// One row: field lines in which `TAG` is the current entity tag, and the status they lead to.
type Row<'a> = (&'a [&'a str], u16);

/// Asks for the old digits with the fields of each row.
#[track_caller]
fn judges_each(server: &Server, table: &[Row<'_>]) {
    let tag = server.get("/video/a.mp4", &[]).must("ETag").to_owned();
    for (fields, status) in table {
        let fields: Vec<String> = fields
            .iter()
            .map(|field| field.replace("TAG", &tag))
            .collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let reply = server.get("/video/a.mp4", &fields);
        assert_eq!(reply.status, *status, "{fields:?} gave {reply:?}");
        match reply.status {
            200 => assert_eq!(reply.body, b"0123456789", "{fields:?}"),
            206 => assert!(reply.field("Content-Range").is_some(), "{fields:?}"),
            304 => assert_eq!(reply.must("ETag"), tag, "{fields:?}"),
            _ => {}
        }
    }
}
