// What a file is that this browser cannot play, and what would help.
import { button, copyText, make } from "/_/dom.js";
import { remarkOn } from "/_/notice.js";
import { signed } from "/_/signed.js";
import { quoted } from "/_/words.js";

/** Parts for `say`. `fault`: "type", "codec", "sound only" or "damaged". */
export function explain(video, fault) {
  const kind = `${video.type}${video.extension && `, .${video.extension.toLowerCase()}`}`;
  const what = {
    type: `is a file of a type that this browser does not play (${kind}).`,
    codec: `holds picture or sound in a format that this browser does not play (in ${kind}; often it is H.265 video or AC-3 sound).`,
    "sound only": `shows no picture: its video is in a format that this browser does not play (in ${kind}; often it is H.265).`,
    damaged: `is damaged, or in a format that this browser cannot decode (in ${kind}).`,
  }[fault];
  const address = location.origin + signed(video.path);
  return [
    make("p", {}, make("b", { textContent: `“${video.label}”` }), ` ${what} What helps:`),
    make("ul", {},
      make("li", {}, "Open its address in VLC or mpv (in VLC: Media, Open Network Stream): ",
        make("a", { href: signed(video.href), textContent: address }), " ",
        button("Copy", async () => remarkOn((await copyText(address)) ? "Address copied" : "It could not be copied"))),
      make("li", {}, make("a", { href: signed(video.href), download: video.base, textContent: "Download it" }), " and play it with a program of your own."),
      make("li", {}, "Convert it beside the original: ",
        make("code", { textContent: `ffmpeg -i ${quoted(video.base)} -c:v libx264 -pix_fmt yuv420p -c:a aac ${quoted(`${video.label} (web).mp4`)}` }))),
  ];
}
