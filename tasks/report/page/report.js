"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const fa = () => root.dataset.lang === "fa";
  const persian = (text) => String(text).replace(/[0-9]/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]);

  // --- tabs ---
  const tabs = all("[role=tab]");
  const panels = all("[role=tabpanel]");
  let drawn = false;
  function show(id, focus) {
    for (const tab of tabs) {
      const on = tab.getAttribute("aria-controls") === id;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on && focus) tab.focus();
    }
    for (const panel of panels) panel.hidden = panel.id !== id;
    if (id === "map") drawMap();
  }
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => { show(tab.getAttribute("aria-controls")); history.replaceState(null, "", "#" + tab.getAttribute("aria-controls")); });
    tab.addEventListener("keydown", (event) => {
      const forward = fa() ? "ArrowLeft" : "ArrowRight", back = fa() ? "ArrowRight" : "ArrowLeft";
      const to = { [forward]: i + 1, [back]: i - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      show(tabs[(to + tabs.length) % tabs.length].getAttribute("aria-controls"), true);
    });
  });
  function follow() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    const panel = target && target.closest("[role=tabpanel]");
    show(panel ? panel.id : "overview");
    if (target && target !== panel) target.scrollIntoView();
  }
  addEventListener("hashchange", follow);

  // --- language and shade ---
  function speak(lang) {
    root.dataset.lang = lang;
    root.lang = lang;
    root.dir = lang === "fa" ? "rtl" : "ltr";
    for (const option of all("#theme option")) option.textContent = lang === "fa" ? persian(option.dataset.fa) : option.dataset.en;
    search();
    if (drawn) { drawn = false; if (!document.getElementById("map").hidden) drawMap(); }
  }
  document.getElementById("language").addEventListener("click", () => speak(fa() ? "en" : "fa"));
  const shade = document.getElementById("shade");
  const dark = () => root.dataset.shade ? root.dataset.shade === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  shade.addEventListener("click", () => {
    root.dataset.shade = dark() ? "light" : "dark";
    shade.setAttribute("aria-pressed", String(dark()));
    if (drawn) { drawn = false; if (!document.getElementById("map").hidden) drawMap(); }
  });

  // --- search ---
  const cards = all(".cards .card").map((node) => ({ node, text: node.textContent.toLowerCase() }));
  const q = document.getElementById("q"), theme = document.getElementById("theme"), found = document.getElementById("found");
  function search() {
    const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const card of cards) {
      const hit = words.every((w) => card.text.includes(w)) && (!theme.value || card.node.dataset.themeId === theme.value);
      card.node.hidden = !hit;
      n += hit;
    }
    found.textContent = fa() ? persian(n) : n;
  }
  q.addEventListener("input", search);
  theme.addEventListener("change", search);
  document.querySelector(".filter").addEventListener("submit", (event) => event.preventDefault());

  // --- small charts ---
  for (const span of all(".bar > span")) span.style.width = span.dataset.share + "%";
  for (const box of all(".spark")) {
    const days = JSON.parse(box.dataset.days).slice(-30);
    if (!days.length) continue;
    const w = 10, h = 34, high = d3.max(days, (d) => d.n);
    const y = d3.scaleLinear([0, high], [2, h - 4]);
    const svg = d3.select(box).append("svg").attr("width", Math.max(60, days.length * w)).attr("height", h).attr("role", "img")
      .attr("aria-label", days.map((d) => d.day + ": " + d.n).join(", "));
    svg.selectAll("rect").data(days).join("rect").attr("x", (d, i) => i * w).attr("y", (d) => h - y(d.n)).attr("width", w - 2).attr("height", (d) => y(d.n)).attr("rx", 1)
      .append("title").text((d) => d.day + ": " + d.n);
  }
  for (const box of all(".interval")) {
    const x = d3.scaleLinear([0, 1], [0, 120]);
    const svg = d3.select(box).append("svg").attr("width", 120).attr("height", 14).attr("aria-hidden", "true");
    svg.append("line").attr("x1", 0).attr("x2", 120).attr("y1", 7).attr("y2", 7).attr("stroke", "currentColor").attr("opacity", 0.25);
    svg.append("rect").attr("class", "band").attr("x", x(+box.dataset.low)).attr("width", Math.max(1, x(+box.dataset.high) - x(+box.dataset.low))).attr("y", 4).attr("height", 6).attr("rx", 3).attr("opacity", 0.45);
    svg.append("circle").attr("class", "band").attr("cx", x(+box.dataset.share)).attr("cy", 7).attr("r", 4);
  }

  // --- map and tree map ---
  const themes = Array.from(new Set(data.clusters.map((c) => c.topic)));
  const colour = d3.scaleOrdinal(themes, d3.quantize(d3.interpolateRainbow, Math.max(themes.length, 2) + 1));
  const title = (c) => (fa() ? c.fa : c.en) || (fa() ? "موضوع کم‌نفر" : "few people");
  function drawMap() {
    if (drawn) return;
    drawn = true;
    scatter();
    treemap();
  }
  function scatter() {
    const canvas = document.getElementById("scatter"), tip = document.getElementById("tip");
    const box = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
    canvas.width = box.width * ratio;
    canvas.height = box.height * ratio;
    const pen = canvas.getContext("2d"), pad = 16;
    const x = d3.scaleLinear([0, 1000], [pad, box.width - pad]), y = d3.scaleLinear([0, 1000], [box.height - pad, pad]);
    const tree = d3.quadtree(data.points, (p) => x(p[0]), (p) => y(p[1]));
    const centres = d3.rollup(data.points.filter((p) => p[2] >= 0), (g) => [d3.median(g, (p) => p[0]), d3.median(g, (p) => p[1]), g.length], (p) => p[2]);
    const ink = getComputedStyle(document.body).color;
    let at = d3.zoomIdentity;
    function paint() {
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, box.width, box.height);
      for (const [px, py, n] of data.points) {
        pen.globalAlpha = n < 0 ? 0.25 : 0.75;
        pen.fillStyle = n < 0 ? ink : colour(data.clusters[n].topic);
        pen.beginPath();
        pen.arc(at.applyX(x(px)), at.applyY(y(py)), n < 0 ? 2 : 3, 0, 7);
        pen.fill();
      }
      pen.globalAlpha = 1;
      pen.fillStyle = ink;
      pen.textAlign = "center";
      pen.direction = fa() ? "rtl" : "ltr";
      pen.font = "12px " + getComputedStyle(document.body).fontFamily;
      const taken = [];
      for (const [n, [cx, cy]] of Array.from(centres).sort((a, b) => b[1][2] - a[1][2])) {
        if (!data.clusters[n] || !data.clusters[n].en) continue;
        const lx = at.applyX(x(cx)), ly = at.applyY(y(cy)) - 8;
        let text = title(data.clusters[n]);
        if (text.length > 34) text = text.slice(0, 33) + "…";
        const half = pen.measureText(text).width / 2;
        if (lx - half < 0 || lx + half > box.width || ly < 12 || ly > box.height) continue;
        if (taken.some(([a, b, c, d]) => lx - half < c && lx + half > a && ly - 14 < d && ly > b)) continue;
        taken.push([lx - half, ly - 14, lx + half, ly]);
        pen.fillText(text, lx, ly);
      }
    }
    paint();
    d3.select(canvas).call(d3.zoom().scaleExtent([1, 12]).on("zoom", (event) => { at = event.transform; paint(); }));
    canvas.onpointermove = (event) => {
      const [mx, my] = at.invert([event.offsetX, event.offsetY]);
      const p = tree.find(mx, my, 14 / at.k);
      tip.hidden = !p;
      if (!p) return;
      tip.textContent = p[2] < 0 ? (fa() ? "در موضوعی نیامده" : "in no topic") : title(data.clusters[p[2]]);
      tip.style.left = Math.min(event.offsetX + 12, box.width - 180) + "px";
      tip.style.top = event.offsetY + 12 + "px";
    };
    canvas.onpointerleave = () => { tip.hidden = true; };
  }
  function treemap() {
    const host = document.getElementById("treemap"), width = host.clientWidth || 800, height = Math.min(520, Math.max(260, width * 0.5));
    host.textContent = "";
    const grouped = d3.group(data.clusters, (c) => c.topic);
    const tree = d3.hierarchy({ children: Array.from(grouped, ([topic, children]) => ({ topic, children })) }).sum((c) => c.people || 0).sort((a, b) => b.value - a.value);
    d3.treemap().size([width, height]).padding(2).round(true)(tree);
    const svg = d3.select(host).append("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("aria-hidden", "true");
    const cell = svg.selectAll("g").data(tree.leaves()).join("g").attr("transform", (d) => `translate(${d.x0},${d.y0})`);
    cell.append("rect").attr("width", (d) => d.x1 - d.x0).attr("height", (d) => d.y1 - d.y0).attr("rx", 3).attr("fill", (d) => d3.color(colour(d.data.topic)).darker(dark() ? 1.2 : 0.9));
    cell.append("title").text((d) => title(d.data) + " · " + (fa() ? persian(d.value) : d.value));
    cell.filter((d) => d.x1 - d.x0 > 60 && d.y1 - d.y0 > 20).append("text").attr("x", (d) => (d.x1 - d.x0) / 2).attr("y", 15).attr("text-anchor", "middle").attr("fill", "#fff").attr("font-size", 12)
      .text((d) => { const room = Math.floor((d.x1 - d.x0) / 6.5), text = title(d.data); return text.length > room ? text.slice(0, Math.max(1, room - 1)) + "…" : text; });
  }

  speak(new URLSearchParams(location.search).get("lang") === "fa" ? "fa" : "en");
  follow();
})();
