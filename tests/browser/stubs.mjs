// What a server without the live socket, posters and subtitles would have said. Each one says when
// it may go.

import { request } from "node:http";

let hasSocket; // asked once

/** May go when the server has `/_/live`; until then Chromium would complain of each try. */
export async function stubSocket(page, address) {
  hasSocket ??= new Promise((answer) => {
    request(`${address}_/live?session=probe`, {
      headers: {
        Connection: "Upgrade", Upgrade: "websocket", Origin: address.slice(0, -1),
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    })
      .on("upgrade", (_, socket) => { socket.destroy(); answer(true); })
      .on("response", (reply) => { reply.resume(); answer(false); })
      .on("error", () => answer(false))
      .end();
  });
  if (!(await hasSocket)) await page.routeWebSocket(/\/_\/live/, () => {});
}

/** Changes the library on its way to the page. `change` gets the list and gives one back. */
export const changeLibrary = (change) => (page) => page.route("**/library.json", async (route) => {
  const reply = await route.fetch();
  await route.fulfill({ response: reply, json: { videos: change((await reply.json()).videos) } });
});

/** May go when the server finds `NAME.LANG.srt` beside a video: then write such files instead. */
export const withSubtitles = async (page) => {
  await changeLibrary((videos) => videos.map((video) => video.name !== "video.mp4" ? video : {
    ...video,
    subtitles: [
      { href: "/video/video.en.srt?as=vtt&v=1", lang: "en" },
      { href: "/video/video.de.srt?as=vtt&v=1", lang: "de" },
    ],
  }))(page);
  await page.route(/\/video\/video\.(en|de)\.srt/, (route) => route.fulfill({
    contentType: "text/vtt; charset=utf-8",
    body: `WEBVTT\n\n00:00.000 --> 00:20.000\n${route.request().url().includes(".en.") ? "A clock, counting" : "Eine Uhr, die zählt"}\n`,
  }));
};
