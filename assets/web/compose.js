// The compose form with script: kinds that follow the files, counters, uploads with progress, TikTok's rules and the server's checks while typing.
// Without it the form works all the same.

import { watch } from "./compose/checks.js";
import { count } from "./compose/counters.js";
import { fit } from "./compose/kinds.js";
import { rules } from "./compose/rules.js";
import { rows } from "./compose/tags.js";
import { isBusy, uploads } from "./compose/uploads.js";

const form = document.getElementById("compose");
const send = document.getElementById("send");
document.documentElement.classList.add("scripted");
document.getElementById("problems")?.focus();

const check = watch(form);
function changed() {
  fit(form);
  count(form);
  rules(form, send);
  check();
}

uploads(form, changed);
rows(form, changed);
form.addEventListener("input", changed);
form.addEventListener("submit", (event) => {
  if (isBusy()) {
    event.preventDefault();
    const status = document.getElementById("upload-status");
    status.textContent = "Files are still being uploaded. Send the form when they are done.";
    status.classList.remove("sr");
    return;
  }
  // A second click would only be answered with the same post.
  setTimeout(() => { send.disabled = true; });
});
window.addEventListener("pageshow", changed);
