// How numbers and names are written.

/** 711366 -> "711 KB" */
export function sized(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let step = 0;
  while (bytes >= 999.5 && step < units.length - 1) [bytes, step] = [bytes / 1000, step + 1];
  return `${step && bytes < 9.95 ? bytes.toFixed(1) : Math.round(bytes)} ${units[step]}`;
}

/** 754.2 -> "12:34", 3600 -> "1:00:00" */
export function clock(secs) {
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [secs / 3600, (secs / 60) % 60, secs % 60].map(Math.floor);
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/**
 * 1920 × 1080 -> "1080p". A wide film without its black bars (1920 × 800) is called by the size of
 * the screen that it fills, and so is one held upright.
 */
export function resolution(width, height) {
  if (!width || !height) return "";
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const lines = Math.max(short, Math.round((long * 9) / 16));
  return lines >= 2100 ? "4K" : `${lines}p`;
}

/** Lower case without accents, so that "ete" finds "Été". */
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export const things = (n) => `${n.toLocaleString()} ${n === 1 ? "title" : "titles"}`;

export const joined = (...parts) => parts.filter(Boolean).join(" · ");

export const pathWords = (folder) => folder.replaceAll("/", " / ");

/** "pt-BR" -> "Brazilian Portuguese", in the reader's language. */
export function language(code) {
  if (!code) return "Subtitles";
  try {
    return new Intl.DisplayNames(undefined, { type: "language" }).of(code);
  } catch {
    return code; // not a language tag: the file's own word is the best there is
  }
}

/** The name in an address, to be read. */
export function readable(path) {
  const name = path.replace(/^\/video\//, "");
  try { return decodeURIComponent(name); } catch { return name; } // names need not be UTF-8
}

/** A name as a shell reads it. */
export const quoted = (name) => `'${name.replaceAll("'", "'\\''")}'`;
