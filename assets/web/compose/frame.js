// A video's small picture, drawn by the browser that uploads it: so lists can show it, and no program for videos is needed on the server.

const WIDTH = 480;
const PATIENCE = 15_000;

function when(element, event) {
  return new Promise((resolve, reject) => {
    element.addEventListener(event, resolve, { once: true });
    element.addEventListener("error", () => reject(new Error("not playable here")), { once: true });
    setTimeout(() => reject(new Error("too slow")), PATIENCE);
  });
}

/** A frame a little after the start, as a JPEG's data: address. */
async function draw(file) {
  const video = Object.assign(document.createElement("video"), { muted: true, preload: "auto", playsInline: true });
  const url = URL.createObjectURL(file);
  try {
    video.src = url;
    await when(video, "loadeddata");
    // Many videos begin black.
    video.currentTime = Math.min(1, video.duration / 2) || 0;
    await when(video, "seeked");
    const canvas = document.createElement("canvas");
    const scale = Math.min(1, WIDTH / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.8);
  } finally {
    URL.revokeObjectURL(url);
    video.removeAttribute("src");
    video.load();
  }
}

/** Sends it for the uploaded file. Where the browser cannot play the video, there is just no picture of it from here. */
export async function sendFrame(file, id, token) {
  try {
    const body = new URLSearchParams({ frame: await draw(file) });
    await fetch(`/thumbnails/${id}`, { method: "POST", body, headers: { Accept: "application/json", "X-Form-Token": token } });
  } catch {
    // The server makes one if it can.
  }
}
