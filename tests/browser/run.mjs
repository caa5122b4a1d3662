// What a person does with the first page, done by a real Chromium against a real reeld.
//
//     npm ci && npm test
//
// REELD_BIN  the server (default: the release build of this checkout)
// CHROMIUM   the browser (default: /usr/bin/chromium, Debian's package)
// SHOTS      where the screenshots go (default: a new folder under the system's temporary one)
//
// All share one server and one browser (`browser.mjs`).

import "./playing.mjs";
import "./player.mjs";
import "./library.mjs";
import "./packaged.mjs";
import "./queue.mjs";
import "./signed.mjs";
import "./looks.mjs";
