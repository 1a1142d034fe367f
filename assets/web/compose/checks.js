// The server's own check of the form while it is being filled in: each problem beside its field. What is only still to be done is said quietly.

const PAUSE = 700;
/** Codes of what a form that is just being filled in lacks, rather than has wrong. */
const TO_DO = new Set(["required", "missing"]);

/** Makes the function that is to be called whenever the form has changed. */
export function watch(form) {
  let timer;
  let running = false;
  let again = false;
  let before = "";
  const run = async () => {
    const fields = new FormData(form);
    fields.delete("files");
    const body = new URLSearchParams(fields);
    const now = body.toString();
    const on = form.querySelector(".on:checked");
    if (now === before) return;
    before = now;
    if (!on) return show(form, { problems: [], conversions: [] });
    running = true;
    try {
      const answer = await fetch("/posts/check", { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.ok) show(form, await answer.json());
    } catch {
      // Offline: the problems that are shown stay, and sending the form tells.
    }
    running = false;
    if (again) {
      again = false;
      run();
    }
  };
  let first = true;
  return () => {
    // What the server has just rendered is checked already.
    if (first) {
      first = false;
      const fields = new FormData(form);
      fields.delete("files");
      before = document.getElementById("problems") ? new URLSearchParams(fields).toString() : "";
    }
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (running) again = true;
      else run();
    }, PAUSE);
  };
}

/** What is done to the files, and the choices that a file which does not fit needs; one that was made stays in sight. */
function adjust(form, problems, conversions) {
  for (const list of form.querySelectorAll("[data-conversions]")) list.replaceChildren();
  for (const { account, what } of conversions) {
    const line = document.createElement("li");
    line.textContent = what;
    document.getElementById(account)?.querySelector("[data-conversions]")?.append(line);
  }
  for (const choice of form.querySelectorAll("[data-remedy]")) {
    const target = choice.closest(".target");
    const field = choice.querySelector("select, input");
    const made = field.type === "checkbox" ? field.checked : field.value !== "";
    choice.hidden = !made && !problems.some(({ account, remedy }) => account === target.id && remedy === choice.dataset.remedy);
  }
}

function show(form, { problems, conversions }) {
  adjust(form, problems, conversions);
  for (const place of form.querySelectorAll(".target [data-spot]")) place.replaceChildren();
  for (const field of form.querySelectorAll(".target [aria-invalid]")) field.removeAttribute("aria-invalid");
  const files = form.querySelectorAll("#files > .file").length;
  for (const { account, spot, field, code, message } of problems) {
    if (!account) continue;
    const target = document.getElementById(account);
    const place = target?.querySelector(`[data-spot="${spot}"]`);
    if (!place) continue;
    const open = TO_DO.has(code) || (files === 0 && field === "media");
    const line = document.createElement(place.matches("ul") ? "li" : "span");
    line.className = open ? "problem to-do" : "problem";
    line.textContent = place.childNodes.length > 0 && !place.matches("ul") ? ` ${message}` : message;
    place.append(line);
    if (!open && spot) target.querySelector(`[aria-describedby="${place.id}"]`)?.setAttribute("aria-invalid", "true");
  }
  const wrong = problems.filter((problem) => problem.account && !TO_DO.has(problem.code)).length;
  const status = document.getElementById("check-status");
  const said = wrong === 0 ? "" : wrong === 1 ? "One thing needs a change." : `${wrong} things need a change.`;
  if (status.textContent !== said) status.textContent = said;
}
