// Films with what the samples lack, made of them by ffmpeg: chapters, subtitles inside, a black beginning, fragments,
// sound that is not packaged, and an end that is missing.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SAMPLES } from "../start.mjs";

const MAKE_MS_MAX = 60_000;

export function makeFilms(folder) {
  mkdirSync(folder, { recursive: true });
  const ffmpeg = (...args) => execFileSync("ffmpeg", ["-v", "error", "-y", ...args], { cwd: folder, timeout: MAKE_MS_MAX });
  const clock = join(SAMPLES, "video.mp4");

  const text = ["FFMETADATA1"];
  for (const [i, title] of ["Night", "The aurora", "Dawn"].entries())
    text.push("[CHAPTER]", "TIMEBASE=1/1", `START=${8 * i}`, `END=${8 * i + 8}`, `title=${title}`);
  writeFileSync(join(folder, "chapters.txt"), `;${text.join("\n")}\n`);
  writeFileSync(join(folder, "inside.srt"), "1\n00:00:01,000 --> 00:00:20,000\nUne horloge\n");
  ffmpeg("-i", clock, "-i", "inside.srt", "-i", "chapters.txt", "-map", "0", "-map", "1", "-map_chapters", "2",
    "-c", "copy", "-c:s", "mov_text", "-metadata:s:s:0", "language=fra", "-movflags", "+faststart", "chapters.mp4");
  copyFileSync(join(SAMPLES, "video.en.srt"), join(folder, "chapters.en.srt"));

  ffmpeg("-f", "lavfi", "-i", "color=black:s=320x180:r=25:d=7[a];testsrc=s=320x180:r=25:d=13[b];[a][b]concat",
    "-pix_fmt", "yuv420p", "-g", "50", "-movflags", "+faststart", "dark.mp4");
  ffmpeg("-i", clock, "-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "fragments.mp4");
  ffmpeg("-i", clock, "-c:v", "copy", "-c:a", "libmp3lame", "-movflags", "+faststart", "mp3.mp4");
  copyFileSync(join(SAMPLES, "plasma (moov at end).mp4"), join(folder, "late.mp4"));
  const whole = readFileSync(clock);
  writeFileSync(join(folder, "cut.mp4"), whole.subarray(0, whole.length * 0.7));
}
