// What a value says, where the numbers in it teach something.
import { counted, lasting, several, sized } from "./words.js";

const number = (text) => counted(Number(text));

export const taught = (name, value) => TAUGHT[name]?.(value) ?? "";

const DIRECTIVES = {
  "no-cache": "no-cache: keep it, and ask every time whether it is still right.",
  "no-store": "no-store: keep nothing.",
  public: "public: caches that many share may keep it, too.",
  immutable: "immutable: it never changes, so not even a reload asks.",
};

const TAUGHT = {
  range: (value) => value.replace(/^bytes=/, "").split(",").map((span) => {
    const [first, last] = span.trim().split("-");
    if (first === "") return `The last ${several(Number(last), "byte")}, wherever the file ends.`;
    if (last) return `Bytes ${number(first)} to ${number(last)}, both counted: ${number(last)} − ${number(first)} + 1 = ${several(last - first + 1, "byte")}.`;
    return Number(first) ? `From byte ${number(first)} to the end: so asks who seeks.`
      : "From byte 0 to the end. That is everything; but a reply of 206 shows that seeking works here.";
  }).join(" "),

  "content-range": (value) => {
    const [, first, last, size] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)/.exec(value) ?? [];
    if (first) return `Bytes ${number(first)} to ${number(last)} of ${number(size)}: ${number(last)} − ${number(first)} + 1 = ${several(last - first + 1, "byte")}, the Content-Length.`;
    return size ? `No span, and the length to do better with: ${number(size)} bytes.` : "";
  },

  etag(value) {
    const parts = /^"([\da-f]+)-([\da-f]+)-([\da-f]+)"$/.exec(value)?.slice(1).map((hex) => BigInt(`0x${hex}`));
    if (!parts) return /^"[\da-f]{16}"$/.test(value) ? "Here a digest of the bytes." : value.startsWith("W/") ? "W/ is weak: alike, not equal byte by byte." : "";
    const [inode, length, nanos] = parts;
    return `In hex: inode ${inode}, length ${number(length)}, changed ${nanos} nanoseconds after 1970 began, ${new Date(Number(nanos / 1000000n)).toLocaleString()}.`;
  },
  "if-range": (value) => TAUGHT.etag(value) || (value.endsWith("GMT") ? "Here by date." : ""),
  "if-none-match": (value) => TAUGHT.etag(value),

  "cache-control": (value) => value.split(/, */).map((word) => {
    const [, secs] = /^max-age=(\d+)$/.exec(word) ?? [];
    return secs ? `${word}: good for ${lasting(Number(secs))} without asking.` : DIRECTIVES[word];
  }).filter(Boolean).join(" "),

  "accept-encoding": (value) => value.startsWith("identity")
    ? "For a video: none. Byte 1000 of a compressed file would be another byte."
    : "This server sends films as they are: they are compressed already.",
  connection: (value) => ({
    "keep-alive": "It stays open for the next request: no new handshake.",
    close: "It ends after this reply.",
    upgrade: "It changes to what Upgrade names.",
  })[value.toLowerCase()],
  "content-length": (value) => Number(value) > 999 ? `${value} bytes are ${sized(Number(value))}.` : "",
  "content-type": (value) => value.startsWith("multipart/byteranges") ? "Several spans, each with a small head of its own." : "",
  "contentfeatures.dlna.org": () => "OP=01: seeking by bytes works. CI=0: the original, not converted.",
};
