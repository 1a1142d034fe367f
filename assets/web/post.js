// The page of a post with script: what a person has opened or closed stays so when the live part is replaced, and captions can be copied.

let open = new Map();

document.addEventListener("htmx:beforeSwap", () => {
  open = new Map([...document.querySelectorAll("#live details[id]")].map((details) => [details.id, details.open]));
});
document.addEventListener("htmx:afterSettle", () => {
  for (const [id, was] of open) {
    const details = document.getElementById(id);
    if (details) details.open = was;
  }
});

document.addEventListener("click", async (event) => {
  const pressed = event.target.closest("[data-copy]");
  if (!pressed) return;
  const text = document.getElementById(pressed.dataset.copy);
  const said = pressed.querySelector("span");
  try {
    await navigator.clipboard.writeText(text.value);
    said.textContent = "Copied";
  } catch {
    // Not allowed, or no https: the text is marked, ready to be copied by hand.
    text.select();
    said.textContent = "Marked: copy it now";
  }
});
document.documentElement.classList.add("scripted");
