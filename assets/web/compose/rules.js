// TikTok's rules: what excludes what, said before the form is sent.

import { chosen } from "./kinds.js";

const PRIVATE = "Branded content visibility cannot be set to private.";

export function rules(form, send) {
  let missing = "";
  for (const target of form.querySelectorAll(".target.tiktok")) {
    const [branded, yours, privacy, disclosing] = [".branded", ".your-brand", ".privacy", ".commercial"].map((name) => target.querySelector(name));
    const direct = target.querySelector(".on").checked && ["video", "photos"].includes(chosen(target)?.value);
    const onlyMe = privacy.querySelector("[value=SELF_ONLY]");
    if (onlyMe) {
      onlyMe.disabled = disclosing.checked && branded.checked && privacy.value !== "SELF_ONLY";
      onlyMe.title = privacy.title = onlyMe.disabled ? PRIVATE : "";
    }
    branded.disabled = privacy.value === "SELF_ONLY" && !branded.checked;
    branded.closest("label").title = branded.disabled ? PRIVATE : "";
    branded.closest("label").classList.toggle("off", branded.disabled);
    if (direct && disclosing.checked && !branded.checked && !yours.checked) missing = target.querySelector(".label-missing").textContent;
  }
  const draft = form.querySelector("[name=when]:checked")?.value === "draft";
  send.disabled = Boolean(missing) && !draft;
  send.title = send.disabled ? missing : "";
}
