// The files of a post: chosen, looked at before they are sent, put in order; two are sent at a time.

import { sendFrame } from "./frame.js";
import { sender } from "./sending.js";

const AT_ONCE = 2;
let waiting = [];
let running = 0;

export function isBusy() {
  return running > 0 || waiting.length > 0;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", new URL(`../icons.svg#${name}`, import.meta.url).href);
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

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** A small picture of the file, or the first frame of a video; pressing it shows it whole. */
function tile(file, url) {
  const made = button("look", `Look at ${file.name}`, file.type.startsWith("image/") ? "image" : "film");
  made.className = "tile";
  const small = document.createElement(file.type.startsWith("image/") ? "img" : "video");
  small.addEventListener(small.localName === "img" ? "load" : "loadeddata", () => made.replaceChildren(small), { once: true });
  if (small.localName === "img") small.alt = "";
  else Object.assign(small, { muted: true, preload: "metadata", playsInline: true });
  small.width = small.height = 56;
  small.src = url;
  return made;
}

function look(item) {
  const dialog = document.getElementById("look");
  const whole = document.createElement(item.file.type.startsWith("image/") ? "img" : "video");
  if (whole.localName === "img") whole.alt = item.file.name;
  else whole.controls = true;
  whole.src = item.url;
  dialog.querySelector("div").replaceChildren(whole);
  dialog.showModal();
}

export function uploads(form, changed) {
  const token = form.querySelector("[name=form_token]").value;
  const send = sender(token);
  const files = document.getElementById("files");
  const input = document.getElementById("files-input");
  const drop = document.getElementById("drop");
  const status = document.getElementById("upload-status");

  function add(file) {
    const item = element("li", "file");
    item.dataset.kind = file.type.startsWith("image/") ? "image" : "video";
    item.file = file;
    item.url = URL.createObjectURL(file);
    const text = element("div", "grow");
    const detail = element("p", "meta soft", "Waiting to be uploaded");
    const progress = document.createElement("progress");
    progress.max = 1;
    progress.value = 0;
    progress.setAttribute("aria-label", `Upload of ${file.name}`);
    text.append(element("p", "name", file.name), detail, progress);
    item.append(tile(file, item.url), text, button("earlier", `Move ${file.name} up`, "arrow-up"), button("remove", `Remove ${file.name}`, "trash-2"));
    files.append(item);
    waiting.push({ file, item, detail, progress });
    next();
  }

  function next() {
    while (running < AT_ONCE && waiting.length > 0) upload(waiting.shift());
  }

  function upload({ file, item, detail, progress }) {
    running += 1;
    const say = (text) => { detail.textContent = text; };
    const ended = () => {
      item.sending = undefined;
      progress.remove();
      running -= 1;
      next();
      changed();
    };
    item.sending = send(file, {
      progress(sent, total) {
        progress.value = sent / total;
        item.classList.remove("waiting");
        say(sent < total ? `Uploading, ${Math.floor((100 * sent) / total)} %` : "Looking at it");
      },
      waiting(why) {
        item.classList.add("waiting");
        say(why);
        status.textContent = `${file.name}: ${why}`;
      },
      done({ id, kind, detail: told }) {
        const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "media", value: id });
        item.append(hidden);
        item.dataset.kind = kind;
        if (kind === "image") {
          const field = document.getElementById("alt-field").content.cloneNode(true);
          field.querySelector("input").name = `alt.${id}`;
          item.append(field);
        }
        if (kind === "video") sendFrame(file, id, token);
        item.classList.remove("waiting");
        say(told);
        status.textContent = `${file.name} is uploaded.`;
        ended();
      },
      failed(why) {
        item.classList.remove("waiting");
        item.classList.add("failed");
        detail.className = "problem";
        say(why);
        status.textContent = `${file.name}: ${why}`;
        ended();
      },
      cancelled: ended,
    });
  }

  input.addEventListener("change", () => {
    for (const file of input.files) add(file);
    input.value = "";
    changed();
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name !== "drop") return;
      for (const file of event.dataTransfer.files) add(file);
      changed();
    });
  }
  files.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (!pressed) return;
    event.preventDefault();
    const item = pressed.closest(".file");
    const act = pressed.dataset.act ?? pressed.name;
    if (act === "look") {
      look(item);
      return;
    }
    if (act === "earlier") {
      item.previousElementSibling?.before(item);
      pressed.focus();
    } else if (act === "remove") {
      waiting = waiting.filter((entry) => entry.item !== item);
      item.sending?.cancel();
      if (item.url) URL.revokeObjectURL(item.url);
      item.remove();
      input.focus();
    }
    changed();
  });
  const dialog = document.getElementById("look");
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("button")) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.querySelector("div").replaceChildren());
}
