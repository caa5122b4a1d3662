// Where one stopped in each title, by name: a new version of a file is mostly the same film.
import { remember, remembered } from "/_/store.js";

const PLACES_MAX = 300; // some 30 KB; the one not watched for the longest time goes first
const START_SECS = 5; // who saw less than this begins anew
const END_PART = 0.95; // what follows is credits

let places; // name -> [secs, length], the latest last

// Another tab may have written meanwhile, so each change begins with what is there now.
const read = () => (places = new Map(remembered("places", [])));
read();

/** { secs, length }, or nothing. */
export function placeOf(name) {
  const place = places.get(name);
  return place && { secs: place[0], length: place[1] };
}

/** What was watched last and not to its end. */
export const lastName = () => [...places.keys()].pop();

export function keepPlace(name, secs, length) {
  read().delete(name);
  if (secs >= START_SECS && secs < length * END_PART) places.set(name, [Math.round(secs * 10) / 10, Math.round(length)]);
  for (const oldest of places.keys()) {
    if (places.size <= PLACES_MAX) break;
    places.delete(oldest);
  }
  remember("places", [...places]);
}
