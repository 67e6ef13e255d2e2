"use strict";
(function () {
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const search = document.getElementById("search"), found = document.getElementById("found");

  // -- search: what does not hold the words is hidden
  let rows = null;
  function texts() {
    rows = rows || all("[data-row]").map((row) => [row, row.textContent.toLowerCase()]);
    return rows;
  }
  function look() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let hits = 0;
    for (const [row, text] of texts()) {
      const fits = words.every((word) => text.includes(word));
      row.classList.toggle("hide", !fits);
      hits += fits;
    }
    found.textContent = words.length ? hits.toLocaleString("en") + " of " + rows.length.toLocaleString("en") : "";
  }
  search.closest(".search").hidden = false;
  search.addEventListener("input", look);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { search.value = ""; look(); }
    if (event.key === "Enter") {
      const first = texts().find(([row]) => !row.classList.contains("hide"));
      if (first) { first[0].scrollIntoView({ block: "center" }); }
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|TEXTAREA/.test(document.activeElement.tagName)) { event.preventDefault(); search.focus(); }
  });

  // -- steps: whatever names one leads to it
  let shown = null;
  function show(target) {
    if (!target) { return; }
    if (target.classList.contains("hide")) { search.value = ""; look(); }
    for (let place = target; place; place = place.parentElement) { if (place.tagName === "DETAILS") { place.open = true; } }
    if (shown) { shown.classList.remove("at"); }
    shown = target;
    target.classList.add("at");
    target.scrollIntoView({ block: "center" });
  }
  function follow() { if (location.hash.length > 1) { show(document.getElementById(decodeURIComponent(location.hash.slice(1)))); } }
  window.addEventListener("hashchange", follow);
  function go(name) {
    if (!document.getElementById(name)) { return; }
    if (location.hash === "#" + name) { follow(); } else { location.hash = name; }
  }
  function leadsTo(node, name) {
    if (!document.getElementById(name)) { return; }
    node.setAttribute("tabindex", "0");
    node.setAttribute("role", "link");
    node.addEventListener("click", () => go(name));
    node.addEventListener("keydown", (event) => { if (event.key === "Enter") { go(name); } });
  }
  all(".picture g.node[id]").forEach((node) => {
    const step = /^e(\d+)/.exec(node.id);
    leadsTo(node, step ? "step-" + step[1] : "at-" + node.id);
  });

  // -- pictures: moved and magnified by mouse, wheel, keys and buttons
  all("figure").forEach((figure) => {
    const frame = figure.querySelector(".picture"), svg = frame && frame.querySelector("svg");
    if (!svg) { return; }
    const whole = (svg.getAttribute("viewBox") || "").split(/[\s,]+/).map(Number);
    if (whole.length !== 4 || !(whole[2] > 0)) { return; }
    let view = whole.slice();
    const draw = () => {
      const room = frame.clientWidth * whole[3] / whole[2];
      frame.classList.add("zoomed");
      svg.removeAttribute("width");
      svg.setAttribute("height", Math.max(Math.min(room, innerHeight * 0.75), Math.min(240, innerHeight * 0.75)));
      svg.setAttribute("viewBox", view.join(" "));
    };
    const zoom = (by, x, y) => {
      const width = Math.min(Math.max(view[2] * by, whole[2] / 200), whole[2] * 4), scale = width / view[2];
      view = [x - (x - view[0]) * scale, y - (y - view[1]) * scale, width, view[3] * scale];
      draw();
    };
    const middle = (by) => zoom(by, view[0] + view[2] / 2, view[1] + view[3] / 2);
    const move = (x, y) => { view[0] += x * view[2]; view[1] += y * view[3]; draw(); };
    const fit = () => { view = whole.slice(); draw(); };
    const does = { in: () => middle(0.7), out: () => middle(1 / 0.7), fit: fit };
    const keys = { "+": does.in, "=": does.in, "-": does.out, "0": fit, ArrowLeft: () => move(-0.1, 0), ArrowRight: () => move(0.1, 0), ArrowUp: () => move(0, -0.1), ArrowDown: () => move(0, 0.1) };
    if (svg.getBoundingClientRect().width > frame.clientWidth) { draw(); }
    figure.querySelector(".tools").hidden = false;
    all("[data-zoom]", figure).forEach((button) => button.addEventListener("click", does[button.dataset.zoom]));
    frame.addEventListener("keydown", (event) => {
      if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); keys[event.key](); }
    });
    const at = (event) => {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      return [point.x, point.y];
    };
    frame.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) { return; }
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1 / 0.85 : 0.85, ...at(event));
    }, { passive: false });
    let grip = null;
    svg.addEventListener("pointerdown", (event) => { if (frame.classList.contains("zoomed") && event.button === 0) { grip = at(event); } });
    svg.addEventListener("pointermove", (event) => {
      if (!grip || !(event.buttons & 1)) { grip = null; return; }
      const [x, y] = at(event);
      view[0] -= x - grip[0]; view[1] -= y - grip[1];
      draw();
    });
    window.addEventListener("pointerup", () => { grip = null; });
  });

  // -- paper shows everything
  window.addEventListener("beforeprint", () => all("details").forEach((one) => { one.open = true; }));
  follow();
  document.documentElement.dataset.ready = "yes";
})();
