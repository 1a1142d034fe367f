// Rows for tagged people: another one without asking the server.

export function rows(form, changed) {
  form.addEventListener("click", (event) => {
    const pressed = event.target.closest(".more-tags");
    if (!pressed) return;
    event.preventDefault();
    const row = pressed.parentElement.querySelector(".tag-row").cloneNode(true);
    for (const field of row.querySelectorAll("input")) field.value = "";
    pressed.before(row);
    row.querySelector("input").focus();
    changed();
  });
}
