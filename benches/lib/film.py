"""Films to cut into segments: H.264 and AAC in MP4, made by ffmpeg.

Owns what is in them. Knows nothing of who serves them.
"""

import os
import subprocess
import time

from lib import machine

# One minute with a key frame every two seconds, B frames, noise that keeps the bit rate up: 0.94 Mbit/s.
REEL_SECONDS = 60
PICTURE = f"testsrc2=s=640x360:r=24:d={REEL_SECONDS},noise=alls=12:allf=t"
SOUND = f"sine=440:r=48000:d={REEL_SECONDS}"
VIDEO = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "48", "-keyint_min", "48", "-sc_threshold", "0",
         "-b:v", "800k", "-maxrate", "1000k", "-bufsize", "1000k", "-pix_fmt", "yuv420p"]
AUDIO = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]


def make(path, minutes):
    """A film that repeats one minute; the boxes that describe it come first."""
    machine.say(f"making a film of {minutes} minutes")
    reel = path.with_suffix(".reel.mp4")
    try:
        _ffmpeg("-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND, *VIDEO, *AUDIO, reel)
        _ffmpeg("-stream_loop", minutes - 1, "-i", reel, "-c", "copy", "-movflags", "+faststart", path)
    finally:
        reel.unlink(missing_ok=True)
    return rested(path)


def rested(path):
    """Dates it an hour back: of a file that may still be written nobody makes segments."""
    then = time.time() - 3600
    os.utime(path, (then, then))
    return path


def _ffmpeg(*words):
    command = [machine.find("ffmpeg"), "-v", "error", "-nostdin", *map(str, words)]
    subprocess.run(command, check=True, timeout=300)
