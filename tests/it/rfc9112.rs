//! RFC 9112, HTTP/1.1: a module for each section, and above each test what the section demands.
//!
//! Owns the syntax of messages and the life of connections. Each refusal is asserted with its
//! status and with the word that names its reason in the body.

mod s2_2_message_parsing;
mod s2_3_http_version;
mod s3_1_method;
mod s3_2_request_target;
mod s3_request_line;
mod s5_1_field_line;
mod s5_2_obs_fold;
mod s6_1_transfer_encoding;
mod s6_2_content_length;
mod s6_3_message_body_length;
mod s7_1_chunked;
mod s9_3_persistence;
mod s9_6_tear_down;
