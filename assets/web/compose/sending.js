// One file on its way to the server, in pieces (tus): it goes on by itself after a lost connection, and after the page was loaded anew as soon as the
// same file is chosen again.

import "../vendor/tus.min.js";

// Proxies in front of the server often refuse bodies of more than 100 MB, and some pass a body on only once they have it whole: a piece must fit, and
// what is lost with it must be little.
const PIECE = 32 * 1024 * 1024;
// About an hour without a byte; each piece that arrives begins it anew.
const AGAIN_AFTER = [0, 1000, 2000, 5000, 10_000, ...Array(120).fill(30_000)];
const LOST = "Connection lost. Going on by itself…";

/** What the server says is wrong, if it said anything. */
function problem(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).detail;
  } catch {
    return undefined;
  }
}

/** Is it worth trying again, and what is to be said meanwhile? */
function hope(error) {
  const status = error.originalResponse?.getStatus() ?? 0;
  if (status === 0) return LOST;
  if (status === 507) return "The server has no room at the moment. Going on by itself when it has…";
  if ([408, 409, 423, 460].includes(status)) return "Interrupted. Going on by itself…";
  if (status >= 500) return "The server cannot take it at the moment. Going on by itself…";
  return undefined;
}

function random() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function sender(token) {
  // Addresses that this page sends to: a file that is chosen twice goes up twice.
  const taken = new Set();

  /** Sends a file; `tell` hears of `progress`, `waiting`, and then one of `done`, `failed` and `cancelled`. */
  return function send(file, tell) {
    let over = false;
    // A creation whose answer was lost is not made twice.
    let once = random();
    const end = (how, ...what) => {
      if (over) return;
      over = true;
      taken.delete(upload.url);
      window.removeEventListener("online", online);
      tell[how](...what);
    };
    /** What has become of a file that has arrived. */
    async function ask() {
      let found;
      try {
        const answer = await fetch(upload.url, { headers: { Accept: "application/json" } });
        found = await answer.json();
      } catch {
        tell.waiting(LOST);
        setTimeout(ask, 3000);
        return;
      }
      if (found.media) end("done", found.media);
      else end("failed", found.problem?.detail ?? "The server did not take this file. Remove it and choose it again.");
    }
    const upload = new tus.Upload(file, {
      endpoint: new URL("/api/v1/uploads", location.href).href,
      headers: { "X-Form-Token": token },
      metadata: { filename: file.name, filetype: file.type },
      chunkSize: PIECE,
      retryDelays: AGAIN_AFTER,
      removeFingerprintOnSuccess: true,
      onBeforeRequest(request) {
        if (request.getMethod() === "POST") request.setHeader("Idempotency-Key", once);
      },
      onAfterResponse(request, response) {
        if (request.getMethod() === "POST" && response.getStatus() < 500) once = random();
      },
      onUploadUrlAvailable: () => taken.add(upload.url),
      onShouldRetry(error) {
        const why = hope(error);
        if (why) tell.waiting(why);
        return why !== undefined;
      },
      onProgress: (sent, total) => tell.progress(sent, total),
      onSuccess: ask,
      onError: (error) => end("failed", problem(error) ?? "The connection was lost for too long. Remove the file and choose it again: it goes on where it stopped."),
    });
    const online = () => {
      if (over) return;
      upload.abort().then(() => upload.start());
    };
    window.addEventListener("online", online);
    upload.findPreviousUploads().catch(() => []).then((earlier) => {
      if (over) return;
      const last = earlier.filter(({ uploadUrl }) => uploadUrl && !taken.has(uploadUrl)).at(-1);
      if (last) {
        taken.add(last.uploadUrl);
        upload.resumeFromPreviousUpload(last);
      }
      upload.start();
    });
    return {
      cancel() {
        if (over) return;
        end("cancelled");
        // Given up at the server too; if that cannot be told now, it expires.
        upload.abort(true).catch(() => {});
      },
    };
  };
}
