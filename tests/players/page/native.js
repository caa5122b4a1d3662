// The browser itself.

export async function load(video, address) {
  video.preload = "auto";
  video.src = address;
  return {};
}
