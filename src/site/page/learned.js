// What this browser learned of files by opening them: length, resolution, a picture.
//
// It is kept in IndexedDB by address. The address carries the version of the file, so what is here
// is never out of date; old versions are the first to go when there is no more room.
const FACTS_MAX = 20_000;
const FRAMES_MAX = 1_500; // of some 10 KB

/** Says "learned", with the address as `detail`. */
export const news = new EventTarget();

const facts = new Map(); // address -> { secs, width, height }

/** { secs, width, height } as far as known, at once: the server knows them of what it can package. */
export const factsOf = (video) => (video.secs ? video : facts.get(video.href) ?? {});

const done = (request) => new Promise((good, bad) => {
  request.onsuccess = () => good(request.result);
  request.onerror = () => bad(request.error);
});

const opened = (async () => {
  const request = indexedDB.open("reeld", 1);
  request.onupgradeneeded = () => {
    for (const name of ["facts", "frames"])
      request.result.createObjectStore(name, { keyPath: "href" }).createIndex("at", "at");
  };
  return done(request);
})().catch(() => null); // a browser that keeps nothing still plays

/** When the facts of earlier visits are here. */
export const ready = (async () => {
  const db = await opened;
  if (db) for (const fact of await done(db.transaction("facts").objectStore("facts").getAll())) facts.set(fact.href, fact);
})().catch(() => {});

/** The picture of a file as a `data:` address, or nothing. */
export async function frameOf(href) {
  const db = await opened;
  return (db && (await done(db.transaction("frames").objectStore("frames").get(href)).catch(() => null)))?.image;
}

export async function learn(href, secs, width, height, image) {
  if (Number.isFinite(secs)) facts.set(href, { href, secs, width, height });
  news.dispatchEvent(new CustomEvent("learned", { detail: href }));
  const db = await opened;
  if (!db) return;
  const at = Date.now();
  if (Number.isFinite(secs)) put(db, "facts", FACTS_MAX, { href, secs, width, height, at });
  if (image) put(db, "frames", FRAMES_MAX, { href, image, at });
}

async function put(db, name, most, entry) {
  try {
    const store = db.transaction(name, "readwrite").objectStore(name);
    store.put(entry);
    let over = (await done(store.count())) - most;
    if (over <= 0) return;
    const walk = store.index("at").openCursor();
    walk.onsuccess = () => {
      if (!walk.result || over-- <= 0) return;
      walk.result.delete();
      walk.result.continue();
    };
  } catch { /* no room: it will be learned again */ }
}
