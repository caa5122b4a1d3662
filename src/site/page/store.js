// Small things remembered in this browser. One that keeps nothing (a private window, a full disk) is
// no fault: then nothing is remembered.

export function remembered(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`reeld.${key}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(`reeld.${key}`, JSON.stringify(value));
  } catch { /* see above */ }
}
