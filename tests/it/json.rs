//! A small, strict reader of JSON (RFC 8259), for the listing and the log.
//!
//! Owns no rule of the server. Refuses what the grammar refuses: raw control bytes, trailing
//! commas, leading zeros, anything after the value.

use std::collections::BTreeMap;

/// A JSON value; numbers keep their spelling.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
}

impl Json {
    pub(crate) fn parse(text: &str) -> Self {
        let mut reader = Reader { rest: text };
        let value = reader.value();
        reader.space();
        assert_eq!(reader.rest, "", "more after the value");
        value
    }

    pub(crate) fn members(&self) -> &BTreeMap<String, Self> {
        let Self::Map(members) = self else {
            panic!("not a map: {self:?}")
        };
        members
    }

    /// The member `name` of a map, if it has one.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members().get(name)
    }

    /// The member `name` of a map.
    pub(crate) fn at(&self, name: &str) -> &Self {
        self.get(name)
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    /// Whether a map has the member `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        matches!(self, Self::Map(members) if members.contains_key(name))
    }

    pub(crate) fn list(&self) -> &[Self] {
        let Self::List(items) = self else {
            panic!("not a list: {self:?}")
        };
        items
    }

    pub(crate) fn text(&self) -> &str {
        let Self::Text(text) = self else {
            panic!("not a text: {self:?}")
        };
        text
    }

    /// Whether it is a number whose spelling starts so.
    pub(crate) fn starts(&self, start: &str) -> bool {
        matches!(self, Self::Number(number) if number.starts_with(start))
    }

    pub(crate) fn number(&self) -> u64 {
        let Self::Number(number) = self else {
            panic!("not a number: {self:?}")
        };
        number.parse().unwrap()
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn skip(&mut self, word: &str) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, word: &str) {
        let seen: String = self.rest.chars().take(40).collect();
        assert!(self.skip(word), "expected {word} at {seen:?}");
    }

    fn value(&mut self) -> Json {
        self.space();
        match self.rest.bytes().next() {
            Some(b'"') => Json::Text(self.string()),
            Some(b'{') => self.map(),
            Some(b'[') => self.list(),
            Some(b'n') => {
                self.expect("null");
                Json::Null
            }
            Some(b't') => {
                self.expect("true");
                Json::Bool(true)
            }
            Some(b'f') => {
                self.expect("false");
                Json::Bool(false)
            }
            _ => self.number(),
        }
    }

    fn map(&mut self) -> Json {
        let mut members = BTreeMap::new();
        self.expect("{");
        while !self.skip("}") {
            if !members.is_empty() {
                self.expect(",");
            }
            self.space();
            let name = self.string();
            self.expect(":");
            let value = self.value();
            assert!(members.insert(name, value).is_none(), "a name twice");
        }
        Json::Map(members)
    }

    fn list(&mut self) -> Json {
        let mut items = Vec::new();
        self.expect("[");
        while !self.skip("]") {
            if !items.is_empty() {
                self.expect(",");
            }
            items.push(self.value());
        }
        Json::List(items)
    }

    fn number(&mut self) -> Json {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c));
        let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let whole = number.trim_start_matches('-');
        assert!(number.parse::<f64>().is_ok(), "not a number: {number:?}");
        assert!(
            whole.starts_with(|c: char| c.is_ascii_digit()),
            "not a number: {number:?}"
        );
        assert!(whole.len() == 1 || !whole.starts_with('0') || whole.starts_with("0."));
        self.rest = rest;
        Json::Number(number.to_owned())
    }

    fn string(&mut self) -> String {
        let mut text = String::new();
        self.rest = self.rest.strip_prefix('"').expect("a string");
        loop {
            let mut chars = self.rest.chars();
            let next = chars.next().expect("the end of a string");
            self.rest = chars.as_str();
            match next {
                '"' => return text,
                '\\' => text.push(self.escaped()),
                _ => {
                    assert!(next >= ' ', "a raw control byte in a string");
                    text.push(next);
                }
            }
        }
    }

    fn escaped(&mut self) -> char {
        let mut chars = self.rest.chars();
        let next = chars.next().unwrap();
        self.rest = chars.as_str();
        match next {
            '"' | '\\' | '/' => next,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (digits, rest) = self.rest.split_at(4);
                self.rest = rest;
                char::from_u32(u32::from_str_radix(digits, 16).unwrap()).expect("no surrogate")
            }
            _ => panic!("an unknown escape: {next:?}"),
        }
    }
}
