// Counters, as each platform counts. A JavaScript string's length is in UTF-16 units, which is what TikTok and we count in.

import { chosen } from "./kinds.js";

const NAMES = { tiktok: "TikTok", facebook: "Facebook", instagram: "Instagram" };
/** What Instagram limits beside the length. */
const MARKS = [
  ["hashtags", /(?<![\p{L}\p{N}_])#[\p{L}\p{N}_]/gu, 30],
  ["mentions", /(?<![\p{L}\p{N}_])@[\p{L}\p{N}_]/gu, 20],
];

/** Units that a target's caption may have; none where it shows no caption. */
function longest(target) {
  const kind = chosen(target);
  const of = kind?.value ? [kind] : [...target.querySelectorAll(".kind[data-caption]")];
  const limits = of.map((radio) => Number(radio.dataset.caption)).filter((most) => most > 0);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}

function lines(name, platform, text, most) {
  const found = [[name, text.length, most]];
  if (platform === "instagram") {
    for (const [mark, pattern, limit] of MARKS) {
      const n = (text.match(pattern) ?? []).length;
      if (n > 0) found.push([mark, n, limit]);
    }
  }
  return found;
}

function line([name, n, most]) {
  const shown = document.createElement("span");
  shown.textContent = most ? `${name} ${n.toLocaleString("en")} / ${most.toLocaleString("en")}` : `${name} ${n.toLocaleString("en")}`;
  if (most && n > most) {
    shown.className = "over";
    shown.append(` (${(n - most).toLocaleString("en")} too many)`);
  }
  return shown;
}

export function count(form) {
  const common = form.querySelector("#caption").value;
  const shared = new Map();
  const own = [];
  const targets = [...form.querySelectorAll(".target")].filter((target) => target.querySelector(".on").checked);
  for (const target of targets) {
    const most = longest(target);
    if (!most) continue;
    const { platform, name } = target.dataset;
    const text = target.querySelector(".own-caption").value;
    if (text.trim()) own.push(...lines(`${name}:`, platform, text, most));
    else shared.set(`${platform} ${most}`, lines(NAMES[platform], platform, common, most));
  }
  const all = [...[...shared.values()].flat(), ...own];
  if (targets.length === 0 && common) all.push(["Characters", common.length, undefined]);
  form.querySelector("#counters").replaceChildren(...all.map(line));
  for (const field of form.querySelectorAll("[data-length]")) beside(field);
}

/** How much of a field's length is used, as soon as that begins to matter. */
function beside(field) {
  const most = Number(field.dataset.length);
  let shown = field.nextElementSibling?.matches(".used") ? field.nextElementSibling : undefined;
  if (field.value.length * 2 < most) {
    shown?.remove();
    return;
  }
  if (!shown) {
    shown = document.createElement("p");
    shown.className = "used counters";
    field.after(shown);
  }
  shown.replaceChildren(line(["", field.value.length, most]));
}
