//! Owns what was typed, as names and values: on the command line, and in the environment where that says nothing.
//! Knows nothing of what the values mean, but that some are numbers.

use std::ffi::OsString;
use std::path::PathBuf;

use super::options::Row;

pub(super) fn variable(long: &str) -> String {
    format!("REELD_{}", long.to_ascii_uppercase().replace('-', "_"))
}

pub(super) fn text(name: &str, value: OsString) -> Result<String, String> {
    value
        .into_string()
        .map_err(|_| format!("{name}: the value is not text"))
}

/// Options by name with their values, before anybody knows what they mean.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) folder: Option<PathBuf>,
    pub(super) options: Vec<(&'static str, String)>,
    /// Which of them were variables, and which ones.
    pub(super) variables: Vec<(&'static str, String)>,
    /// REELD_SIGN_KEY: secrets are no values of options.
    pub(super) held_keys: Option<OsString>,
}

impl Typed {
    pub(super) fn has(&self, long: &str) -> bool {
        self.options.iter().any(|(name, _)| *name == long)
    }

    pub(super) fn all<'a>(&'a self, long: &'a str) -> impl Iterator<Item = &'a str> {
        self.options
            .iter()
            .filter(move |(name, _)| *name == long)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn read_variable(
        &mut self,
        row: &Row,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(), String> {
        // Hosts that run containers tell the port in PORT.
        let names = [variable(row.long), "PORT".to_owned()];
        let names = if row.long == "port" {
            &names[..]
        } else {
            &names[..1]
        };
        // An empty variable is how many tools say "not set".
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let found = names.iter().find_map(|name| Some((name, set(name)?)));
        let Some((name, value)) = found else {
            return Ok(());
        };
        let value = text(name, value)?;
        self.variables.push((row.long, name.clone()));
        match row.value {
            "" if matches!(value.as_str(), "" | "0" | "false" | "no") => {}
            "" => self.options.push((row.long, value)),
            // Options that may be repeated are separated by commas.
            _ if matches!(
                row.long,
                "bind" | "host" | "cors" | "limit" | "trusted-proxy"
            ) =>
            {
                let parts = value
                    .split(',')
                    .map(|part| (row.long, part.trim().to_owned()));
                self.options.extend(parts);
            }
            _ => self.options.push((row.long, value)),
        }
        Ok(())
    }

    /// How the user wrote it: the flag, or the variable.
    pub(super) fn origin(&self, long: &str) -> String {
        let variable = self.variables.iter().find(|(name, _)| *name == long);
        variable.map_or_else(|| format!("--{long}"), |(_, variable)| variable.clone())
    }

    /// The last one counts, as everywhere.
    pub(super) fn number(&self, long: &str) -> Result<Option<u64>, String> {
        self.all(long)
            .last()
            .map(|value| {
                value
                    .parse()
                    .map_err(|_| format!("{}: '{value}' is not a number", self.origin(long)))
            })
            .transpose()
    }

    /// From one to `most`.
    pub(super) fn count(&self, long: &str, default: usize, most: usize) -> Result<usize, String> {
        Ok(self.bounded(long, 1, most)?.unwrap_or(default))
    }

    /// From `least` to `most`.
    pub(super) fn bounded(
        &self,
        long: &str,
        least: usize,
        most: usize,
    ) -> Result<Option<usize>, String> {
        let Some(count) = self.number(long)? else {
            return Ok(None);
        };
        let bounded = usize::try_from(count).ok();
        match bounded.filter(|count| (least..=most).contains(count)) {
            Some(count) => Ok(Some(count)),
            None => Err(format!(
                "{}: {count} is not from {least} to {most}",
                self.origin(long)
            )),
        }
    }
}
