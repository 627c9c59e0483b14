"use strict";
// The page is complete without this script; it adds sorting by column heads, filtering of long tables, and a slider to
// pictures that are steps of one movement.
(() => {
  const compareText = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }).compare;

  function sortKey(row, column) {
    const cell = row.cells[column];
    return cell.dataset.order === undefined ? cell.textContent.trim() : Number(cell.dataset.order);
  }

  // Gaps (NaN) stay last whichever way the column is sorted.
  function compareRows(column, direction) {
    return (a, b) => {
      const [left, right] = [sortKey(a, column), sortKey(b, column)];
      if (typeof left !== "number" || typeof right !== "number") {
        return direction * compareText(String(left), String(right));
      }
      if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) - Number.isNaN(right);
      return direction * (left - right);
    };
  }

  function sortBy(table, head) {
    const ascending = head.getAttribute("aria-sort") !== "ascending";
    const body = table.tBodies[0];
    const rows = [...body.rows].sort(compareRows(head.cellIndex, ascending ? 1 : -1));
    table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    body.append(...rows);
  }

  function makeSortable(table) {
    table.querySelectorAll("thead th").forEach((head) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sortBy(table, head));
      head.append(button);
    });
  }

  function makeFilter(box) {
    const [input, count] = [box.querySelector("input"), box.querySelector("span")];
    const rows = [...box.closest(".table-box").querySelectorAll("tbody tr")];
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(wanted); });
      const shown = rows.filter((row) => !row.hidden).length;
      count.textContent = wanted ? `${shown} of ${rows.length} rows` : "";
    });
    box.hidden = false;
  }

  function makeCourse(strip) {
    const steps = [...strip.querySelectorAll(".picture")].slice(Number(strip.dataset.first), Number(strip.dataset.last) + 1);
    const figure = steps[0].cloneNode(true);
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: 0, max: steps.length - 1, value: 0 });
    slider.setAttribute("aria-label", `${strip.getAttribute("aria-label")}: move`);
    figure.classList.add("course");
    figure.querySelector("img").after(slider);
    slider.addEventListener("input", () => {
      const step = steps[slider.value];
      ["src", "alt"].forEach((name) => { figure.querySelector("img")[name] = step.querySelector("img")[name]; });
      figure.querySelector("figcaption").replaceWith(step.querySelector("figcaption").cloneNode(true));
      slider.setAttribute("aria-valuetext", step.querySelector("figcaption").textContent.trim());
    });
    strip.prepend(figure);
  }

  document.querySelectorAll(".strip[data-first]").forEach(makeCourse);
  document.querySelectorAll("table.sortable").forEach(makeSortable);
  document.querySelectorAll(".filter").forEach(makeFilter);
})();
