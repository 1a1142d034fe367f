// Which kinds the files leave: the others are put away, and where nobody chose, the first that fits is taken.

/** The files of the form, as many images and videos as will be sent. */
function files(form) {
  const of = (kind) => form.querySelectorAll(`#files > .file[data-kind="${kind}"]:not(.failed)`).length;
  return { images: of("image"), videos: of("video") };
}

function fits(radio, { images, videos }) {
  const { of, least, most } = radio.dataset;
  if (of === "images" && videos > 0) return false;
  if (of === "videos" && images > 0) return false;
  return images + videos >= Number(least) && images + videos <= Number(most);
}

/** The chosen kind of a target; its radio button. */
export function chosen(target) {
  return target.querySelector(".kind:checked");
}

const touched = new WeakSet();

export function fit(form) {
  const now = files(form);
  const none = now.images + now.videos === 0;
  for (const target of form.querySelectorAll(".target")) {
    const radios = [...target.querySelectorAll(".kind")];
    const open = radios.find((radio) => radio.value === "");
    const fitting = radios.filter((radio) => radio !== open && (none || fits(radio, now)));
    const taken = chosen(target);
    if (none) {
      if (!touched.has(target)) open.checked = true;
    } else if (!fitting.includes(taken)) {
      const first = fitting[0];
      if (first) first.checked = true;
      else if (!touched.has(target)) open.checked = true;
    }
    for (const radio of radios.filter((radio) => radio !== open)) {
      const is = fitting.includes(radio);
      radio.closest(".kind-choice").hidden = !is && !radio.checked;
      radio.closest(".kind-choice").querySelector(".misfit").hidden = is;
    }
    open.closest(".kind-choice").hidden = !none && !open.checked;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.(".kind")) touched.add(event.target.closest(".target"));
});
for (const radio of document.querySelectorAll('.kind:checked:not([value=""])')) touched.add(radio.closest(".target"));
