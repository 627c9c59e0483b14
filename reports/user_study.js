"use strict";
// Moves the pictures, opens the second part when the first is complete, and saves the answers as a CSV.
(() => {
  const parse = (id) => JSON.parse(document.getElementById(id).textContent);
  const [frames, study] = [parse("frames"), parse("study")];
  const [choices, descriptions] = [document.getElementById("choices"), document.getElementById("descriptions")];
  const stillPlaces = { first: () => 0, middle: (count) => Math.floor(count / 2), last: (count) => count - 1 };
  const [frameMs, rest] = [160, 4];

  // There and back, with a rest at both ends.
  function course(count) {
    const there = [...Array(count).keys()];
    const inner = there.slice(1, -1);
    return [...Array(rest).fill(0), ...inner, ...Array(rest).fill(count - 1), ...inner.reverse()];
  }

  document.querySelectorAll("img[data-still]").forEach((image) => {
    const own = frames[image.dataset.picture];
    image.src = own[stillPlaces[image.dataset.still](own.length)];
  });
  const playing = [...document.querySelectorAll("img.playing")].map((image) => {
    const own = frames[image.dataset.picture];
    image.src = own[0];
    return { image, own, steps: course(own.length) };
  });
  let [tick, moving] = [0, true];
  setInterval(() => {
    if (!moving) return;
    tick += 1;
    playing.forEach(({ image, own, steps }) => { image.src = own[steps[tick % steps.length]]; });
  }, frameMs);

  const motion = document.getElementById("motion");
  function setMotion(wanted) {
    moving = wanted;
    motion.setAttribute("aria-pressed", String(!wanted));
  }
  motion.addEventListener("click", () => setMotion(!moving));
  setMotion(!matchMedia("(prefers-reduced-motion: reduce)").matches);

  function answers(form) {
    return [...new FormData(form)].filter(([name, value]) => name !== "participant" && value.trim());
  }
  function fields(form) {
    return new Set([...form.elements].filter((field) => field.name && field.name !== "participant").map((f) => f.name));
  }

  const total = fields(choices).size + fields(descriptions).size;
  let [chosen, unsaved] = [[], false];
  function showProgress() {
    const count = (chosen.length || answers(choices).length) + answers(descriptions).length;
    document.getElementById("progress").textContent = `${count} of ${total} answered`;
  }
  document.addEventListener("input", () => { unsaved = true; showProgress(); });
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  showProgress();

  let participant = "";
  choices.addEventListener("submit", (event) => {
    event.preventDefault();
    chosen = answers(choices);
    const random = [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0"));
    participant = choices.elements.participant.value.trim() || random.join("");
    // What part 2 shows would help with part 1, so that is closed now.
    [...choices.elements].forEach((field) => { field.disabled = true; });
    descriptions.hidden = false;
    descriptions.querySelector("h2").focus();
    showProgress();
  });

  function quoted(text) {
    return `"${text.trim().replaceAll('"', '""')}"`;
  }

  descriptions.addEventListener("submit", (event) => {
    event.preventDefault();
    const rows = [...chosen, ...answers(descriptions)].map(([name, value]) => [study.name, participant, name, value]);
    const csv = [study.columns, ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
    const link = document.createElement("a");
    link.download = `answers-${participant.replace(/[^\p{L}\p{N}]+/gu, "_")}.csv`;
    link.href = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
    link.click();
    unsaved = false;
    const copy = document.createElement("textarea");
    Object.assign(copy, { value: csv, readOnly: true });
    copy.setAttribute("aria-label", "Your answers");
    const words = document.createElement("p");
    words.textContent = `Thank you. Your answers are in ${link.download}; if your browser saved no file, copy this:`;
    document.getElementById("saved").replaceChildren(words, copy);
  });
})();
