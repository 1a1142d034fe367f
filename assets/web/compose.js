// The compose form with script: counters, uploads with progress, TikTok's rules while typing. Without it the form works all the same.

const form = document.getElementById("compose");
const token = form.querySelector("[name=form_token]").value;
const send = document.getElementById("send");
const files = document.getElementById("files");
const input = document.getElementById("files-input");
const drop = document.getElementById("drop");
const status = document.getElementById("upload-status");
document.documentElement.classList.add("scripted");

document.getElementById("problems")?.focus();

/* Counters, as each platform counts. A JavaScript string's length is in UTF-16 units, which is what TikTok and we count in. */

const LIMITS = {
  tiktok: [["TikTok", (text) => text.length, 2200]],
  facebook: [["Facebook", (text) => text.length, 63206]],
  instagram: [
    ["Instagram", (text) => text.length, 2200],
    ["hashtags", (text) => (text.match(/#[\p{L}\p{N}_]/gu) ?? []).length, 30],
    ["mentions", (text) => (text.match(/(?<![\p{L}\p{N}_])@[\p{L}\p{N}_.]/gu) ?? []).length, 20],
  ],
};

function count() {
  const counters = document.getElementById("counters");
  const lines = [];
  const chosen = [...form.querySelectorAll(".target")].filter((target) => target.querySelector(".on").checked);
  const platforms = new Set(chosen.filter((t) => !t.querySelector(".own-caption").value.trim()).map((t) => t.dataset.platform));
  const common = document.getElementById("caption").value;
  for (const platform of platforms) lines.push(...LIMITS[platform].map(([name, measure, most]) => [name, measure(common), most]));
  for (const target of chosen) {
    const own = target.querySelector(".own-caption").value;
    if (!own.trim()) continue;
    const who = target.querySelector(".pick strong").textContent;
    for (const [name, measure, most] of LIMITS[target.dataset.platform]) lines.push([`${who}: ${name}`, measure(own), most]);
  }
  if (chosen.length === 0 && common) lines.push(["Characters", common.length, Infinity]);
  counters.replaceChildren(...lines.filter(([name, n]) => n > 0 || !/hashtags|mentions/.test(name)).map(([name, n, most]) => {
    const line = document.createElement("span");
    line.textContent = most === Infinity ? `${name} ${n}` : `${name} ${n.toLocaleString("en")} / ${most.toLocaleString("en")}`;
    if (n > most) {
      line.className = "over";
      line.append(` (${n - most} too many)`);
    }
    return line;
  }));
}

/* TikTok's rules: what excludes what, said before the form is sent. */

function rules() {
  let undisclosed = false;
  for (const target of form.querySelectorAll(".target.tiktok")) {
    const [branded, yours, privacy] = [".branded", ".your-brand", ".privacy"].map((name) => target.querySelector(name));
    const direct = target.querySelector(".on").checked && target.querySelector(".kind").value === "video";
    const disclosing = target.querySelector(".commercial").checked;
    const onlyMe = privacy.querySelector("[value=SELF_ONLY]");
    onlyMe.disabled = disclosing && branded.checked && privacy.value !== "SELF_ONLY";
    onlyMe.title = privacy.title = onlyMe.disabled ? "Branded content visibility cannot be set to private." : "";
    branded.disabled = privacy.value === "SELF_ONLY" && !branded.checked;
    branded.closest("label").title = branded.disabled ? "Branded content visibility cannot be set to private." : "";
    undisclosed ||= direct && disclosing && !branded.checked && !yours.checked;
  }
  const draft = form.querySelector("[name=when]:checked")?.value === "draft";
  send.disabled = undisclosed && !draft;
  send.title = send.disabled ? "You need to indicate if your content promotes yourself, a third party, or both." : "";
}

/* Uploads: one request a file, two at a time. */

let waiting = [];
let running = 0;

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", new URL(`icons.svg#${name}`, import.meta.url).href);
  svg.append(use);
  return svg;
}

function button(name, label, glyph) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet";
  made.dataset.act = name;
  made.setAttribute("aria-label", label);
  made.append(icon(glyph));
  return made;
}

function add(file) {
  const item = document.createElement("li");
  item.className = "file";
  const tile = document.createElement("span");
  tile.className = "tile";
  if (/^image\/(jpeg|png|webp|gif)$/.test(file.type)) {
    const picture = document.createElement("img");
    picture.alt = "";
    picture.width = picture.height = 56;
    picture.src = URL.createObjectURL(file);
    picture.addEventListener("load", () => URL.revokeObjectURL(picture.src), { once: true });
    tile.append(picture);
  } else {
    tile.append(icon(file.type.startsWith("image/") ? "image" : "film"));
  }
  const text = document.createElement("div");
  text.className = "grow";
  const name = document.createElement("p");
  name.className = "name";
  name.textContent = file.name;
  const detail = document.createElement("p");
  detail.className = "meta soft";
  detail.textContent = "Waiting to be uploaded";
  const progress = document.createElement("progress");
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", `Upload of ${file.name}`);
  text.append(name, detail, progress);
  item.append(tile, text, button("earlier", `Move ${file.name} up`, "arrow-up"), button("remove", `Remove ${file.name}`, "trash-2"));
  files.append(item);
  waiting.push({ file, item, detail, progress });
  next();
}

function next() {
  while (running < 2 && waiting.length > 0) upload(waiting.shift());
}

function upload(entry) {
  const { file, item, detail, progress } = entry;
  running += 1;
  item.dataset.busy = "1";
  const request = new XMLHttpRequest();
  entry.item.request = request;
  request.open("POST", "/media/upload");
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-Form-Token", token);
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    progress.value = event.loaded / event.total;
    detail.textContent = event.loaded < event.total ? `Uploading, ${Math.floor((100 * event.loaded) / event.total)} %` : "Looking at it";
  });
  const failed = (why) => {
    item.classList.add("failed");
    detail.className = "problem";
    detail.textContent = why;
    status.textContent = `${file.name}: ${why}`;
  };
  request.addEventListener("load", () => {
    if (request.status !== 201) return failed(request.response?.message ?? "The server did not take this file.");
    const hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = "media";
    hidden.value = request.response.id;
    item.append(hidden);
    detail.textContent = request.response.detail;
    status.textContent = `${file.name} is uploaded.`;
  });
  request.addEventListener("error", () => failed("The connection was lost. Remove the file and choose it again."));
  request.addEventListener("loadend", () => {
    progress.remove();
    delete item.dataset.busy;
    running -= 1;
    next();
  });
  const body = new FormData();
  body.append("file", file);
  request.send(body);
}

input.addEventListener("change", () => {
  for (const file of input.files) add(file);
  input.value = "";
});
for (const name of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragover");
    if (name === "drop") for (const file of event.dataTransfer.files) add(file);
  });
}
files.addEventListener("click", (event) => {
  const pressed = event.target.closest("button");
  if (!pressed) return;
  event.preventDefault();
  const item = pressed.closest(".file");
  const act = pressed.dataset.act ?? pressed.name;
  if (act === "earlier") {
    item.previousElementSibling?.before(item);
    pressed.focus();
  } else if (act === "remove") {
    waiting = waiting.filter((entry) => entry.item !== item);
    item.request?.abort();
    item.remove();
    input.focus();
  }
});

form.addEventListener("submit", (event) => {
  if (running > 0 || waiting.length > 0) {
    event.preventDefault();
    status.textContent = "Files are still being uploaded. Send the form when they are done.";
    status.classList.remove("sr");
    return;
  }
  // A second click would only be answered with the same post.
  setTimeout(() => { send.disabled = true; });
});
window.addEventListener("pageshow", rules);
form.addEventListener("input", () => { count(); rules(); });
count();
rules();
