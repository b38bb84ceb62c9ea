// The map of points and the tree map, by d3. Cells: [id, topic, people, English title, Farsi title].
(() => {
  const { data, fa, dark, figures, redraws } = page;
  const whole = (from, to) => parseInt(packed.slice(from, to), 36);
  const packed = data.points;  // x and y of two figures, cluster number + 1 of three, to the base 36
  data.points = Array.from({ length: packed.length / 7 }, (_, i) => [whole(i * 7, i * 7 + 2), whole(i * 7 + 2, i * 7 + 4), whole(i * 7 + 4, i * 7 + 7) - 1]);
  const hue = d3.scaleOrdinal(data.topics, data.topics.map((_, i) => (i * 137.5) % 360));
  const dotColour = (topic) => d3.hcl(hue(topic), 60, dark() ? 72 : 48);
  const cellColour = (topic) => d3.hcl(hue(topic), 38, 36);
  const words = { small: ["a topic of few people", "موضوعی با افراد کم"], none: ["in no topic", "در هیچ موضوعی"], people: ["people", "نفر"] };
  const say = (key) => words[key][fa() ? 1 : 0];
  const title = (cell) => (fa() ? cell[4] || cell[3] : cell[3]) || say("small");
  const cut = (text, room) => (text.length > room ? text.slice(0, Math.max(1, room - 1)) + "…" : text);
  const PAPER = 700;  // units across a printed page, whatever window it is printed from
  let drawn = "";
  redraws.push(() => {
    if (document.getElementById("map").hidden) return;
    const now = [fa(), dark(), innerWidth].join();
    if (drawn === now) return;
    drawn = now;
    if (document.getElementById("scatter")) scatter();
    treemap(document.getElementById("treemap").clientWidth);
  });
  addEventListener("resize", () => { for (const draw of redraws) draw(); });
  addEventListener("beforeprint", () => treemap(PAPER));
  addEventListener("afterprint", () => { drawn = ""; for (const draw of redraws) draw(); });

  function scatter() {
    const canvas = document.getElementById("scatter"), tip = document.getElementById("tip");
    const box = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1, pad = 20;
    canvas.width = box.width * ratio;
    canvas.height = box.height * ratio;
    const pen = canvas.getContext("2d");
    const x = d3.scaleLinear([0, 1000], [pad, box.width - pad]), y = d3.scaleLinear([0, 1000], [box.height - pad, pad]);
    const tree = d3.quadtree(data.points, (p) => x(p[0]), (p) => y(p[1]));
    const groups = d3.group(data.points.filter((p) => p[2] >= 0 && data.cells[p[2]][3]), (p) => p[2]);
    const centres = Array.from(groups, ([n, g]) => ({ n, x: d3.median(g, (p) => p[0]), y: d3.median(g, (p) => p[1]), size: g.length })).sort((a, b) => b.size - a.size);
    const style = getComputedStyle(document.body), ink = style.color, paper = getComputedStyle(canvas.parentNode).backgroundColor;
    const radius = data.points.length > 3000 ? 2 : 3.5;
    let at = d3.zoomIdentity;
    function dots() {
      for (const [px, py, n] of data.points) {
        pen.globalAlpha = n < 0 ? 0.25 : 0.7;
        pen.fillStyle = n < 0 ? ink : dotColour(data.cells[n][1]);
        pen.beginPath();
        pen.arc(at.applyX(x(px)), at.applyY(y(py)), n < 0 ? radius - 1 : radius, 0, 7);
        pen.fill();
      }
      pen.globalAlpha = 1;
    }
    function names() {
      pen.font = "600 13px " + style.fontFamily;
      pen.textAlign = "center";
      pen.direction = fa() ? "rtl" : "ltr";
      pen.lineJoin = "round";
      const taken = [];
      for (const c of centres) {
        const text = cut(title(data.cells[c.n]), 34), half = pen.measureText(text).width / 2 + 4;
        const lx = Math.min(Math.max(at.applyX(x(c.x)), half), box.width - half), ly = at.applyY(y(c.y)) - 10;
        if (at.applyX(x(c.x)) < 0 || at.applyX(x(c.x)) > box.width || ly < 16 || ly > box.height - 4) continue;
        if (taken.some((b) => lx - half < b[2] && lx + half > b[0] && ly - 17 < b[3] && ly + 4 > b[1])) continue;
        taken.push([lx - half, ly - 17, lx + half, ly + 4]);
        pen.lineWidth = 4;
        pen.strokeStyle = paper;
        pen.strokeText(text, lx, ly);
        pen.fillStyle = ink;
        pen.fillText(text, lx, ly);
      }
    }
    function paint() {
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, box.width, box.height);
      dots();
      names();
    }
    paint();
    const zoom = d3.zoom().scaleExtent([1, 12]).filter((event) => event.type !== "wheel" || event.ctrlKey || event.metaKey).on("zoom", (event) => { at = event.transform; paint(); });
    d3.select(canvas).on(".zoom", null).call(zoom).call(zoom.transform, d3.zoomIdentity);
    canvas.onpointermove = (event) => {
      const [mx, my] = at.invert([event.offsetX, event.offsetY]), p = tree.find(mx, my, 14 / at.k);
      tip.hidden = !p;
      if (!p) return;
      const cell = data.cells[p[2]];
      tip.textContent = p[2] < 0 ? say("none") : title(cell) + " · " + figures(cell[2]) + " " + say("people");
      tip.style.left = Math.max(4, Math.min(event.offsetX + 12, box.width - tip.offsetWidth - 4)) + "px";
      tip.style.top = Math.min(event.offsetY + 14, box.height - tip.offsetHeight - 4) + "px";
    };
    canvas.onpointerleave = () => { tip.hidden = true; };
  }

  function treemap(width) {
    const host = document.getElementById("treemap"), height = width < 600 ? width * 1.3 : 480;
    host.textContent = "";
    if (!data.cells.length) return;
    const grouped = d3.group(data.cells, (c) => c[1]);
    const tree = d3.hierarchy({ children: Array.from(grouped, ([topic, children]) => ({ topic, children })) }, (d) => (Array.isArray(d) ? null : d.children));
    tree.sum((d) => (Array.isArray(d) ? d[2] : 0)).sort((a, b) => b.value - a.value);
    d3.treemap().size([width, height]).paddingInner(2).round(true)(tree);
    const svg = d3.select(host).append("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("aria-hidden", "true");
    const cell = svg.selectAll("g").data(tree.leaves()).join("g").attr("transform", (d) => `translate(${d.x0},${d.y0})`);
    cell.append("rect").attr("width", (d) => d.x1 - d.x0).attr("height", (d) => d.y1 - d.y0).attr("rx", 3).attr("fill", (d) => cellColour(d.data[1]));
    cell.append("title").text((d) => title(d.data) + " · " + figures(d.value) + " " + say("people"));
    cell.filter((d) => d.data[0]).style("cursor", "pointer").on("click", (event, d) => { location.hash = "c-" + d.data[0]; });
    const named = cell.filter((d) => d.x1 - d.x0 > 54 && d.y1 - d.y0 > 22);
    const write = (selection, dy, text, size) => selection.append("text").attr("x", (d) => (d.x1 - d.x0) / 2).attr("y", dy).attr("text-anchor", "middle").attr("direction", fa() ? "rtl" : "ltr").attr("fill", "#fff").attr("font-size", size).text(text);
    write(named, 17, (d) => cut(title(d.data), Math.floor((d.x1 - d.x0) / 7.2)), 12.5);
    write(named.filter((d) => d.y1 - d.y0 > 40), 36, (d) => figures(d.value), 12.5);
  }

  page.start();
})();
