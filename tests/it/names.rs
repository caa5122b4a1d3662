//! Which file a name means, and what no name can reach.
//!
//! Owns spelling, links, and what is no regular file. What is sent then is in the RFC trees.

mod links;
mod media_types;
mod special_files;
mod spelling;
