"use strict";
// Tabs, language, shade, search, the records behind a sentence, printing one plan. The map is in atlas.js.
const page = (() => {
  const root = document.documentElement;
  root.classList.add("js");
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const fa = () => root.dataset.lang === "fa";
  const figures = (value) => (fa() ? String(value).replace(/[0-9]/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]) : String(value));
  const dark = () => (root.dataset.shade ? root.dataset.shade === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const redraws = [];
  const redraw = () => { for (const draw of redraws) draw(); };

  // --- tabs ---
  const tabs = all("[role=tab]"), panels = all("[role=tabpanel]");
  const head = document.querySelector(".top");
  function show(id, focus) {
    for (const tab of tabs) {
      const on = tab.getAttribute("aria-controls") === id;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on) tab.scrollIntoView({ block: "nearest", inline: "center" });
      if (on && focus) tab.focus();
    }
    for (const panel of panels) panel.hidden = panel.id !== id;
    redraw();
  }
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => {
      const id = tab.getAttribute("aria-controls");
      show(id);
      if (scrollY > head.offsetHeight) scrollTo(0, head.offsetHeight);  // a part begins at its beginning
      history.replaceState(null, "", "#" + id);
    });
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
    if (!target || target === panel) return;
    if (target.hidden) { q.value = theme.value = ""; search(); }
    target.scrollIntoView();
  }
  addEventListener("hashchange", follow);

  // --- language and shade ---
  const titles = { en: document.title, fa: all("h1 .fa")[0].textContent + " · " + all(".night .fa").map((s) => s.textContent).join(" ") };
  function speak(lang) {
    root.dataset.lang = root.lang = lang;
    root.dir = lang === "fa" ? "rtl" : "ltr";
    document.title = titles[lang];
    for (const option of theme.options) option.textContent = figures(option.dataset[lang]);
    for (const list of all(".claim ul")) list.textContent = "";
    for (const open of all(".claim[open]")) fill(open);
    search();
    redraw();
  }
  document.getElementById("language").addEventListener("click", () => speak(fa() ? "en" : "fa"));
  const shade = document.getElementById("shade");
  shade.setAttribute("aria-pressed", String(dark()));
  shade.addEventListener("click", () => {
    root.dataset.shade = dark() ? "light" : "dark";
    shade.setAttribute("aria-pressed", String(dark()));
    redraw();
  });

  // --- search: both alphabets of ye and kaf, both kinds of digits, with or without half-spaces ---
  const same = (text) => text.toLowerCase().replace(/[يى]/g, "ی").replace(/ك/g, "ک").replace(/[\u200c\u200d\u0640]/g, "")
    .replace(/[۰-۹]/g, (d) => "۰۱۲۳۴۵۶۷۸۹".indexOf(d)).replace(/[٠-٩]/g, (d) => "٠١٢٣٤٥٦٧٨٩".indexOf(d));
  const cards = all(".cards .card").map((node) => ({ node, text: same(node.textContent) }));
  const q = document.getElementById("q"), theme = document.getElementById("theme"), found = document.getElementById("found");
  function search() {
    const words = same(q.value).split(/\s+/).filter(Boolean);
    let n = 0;
    for (const card of cards) {
      const hit = words.every((w) => card.text.includes(w)) && (!theme.value || card.node.dataset.themeId === theme.value);
      card.node.hidden = !hit;
      n += hit;
    }
    found.textContent = figures(n) + (fa() ? " موضوع" : n === 1 ? " topic" : " topics");
    document.getElementById("no-hit").hidden = n > 0 || !cards.length;
  }
  q.addEventListener("input", search);
  theme.addEventListener("change", search);
  document.querySelector(".filter").addEventListener("submit", (event) => event.preventDefault());
  for (const button of all("[data-theme-pick]")) {
    button.addEventListener("click", () => {
      q.value = "";
      theme.value = button.dataset.themePick;
      search();
      show("clusters", true);
      scrollTo(0, 0);
    });
  }

  // --- the records a sentence rests on: English records; in Farsi their Farsi title and statement ---
  const dayOf = { en: new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" }), fa: new Intl.DateTimeFormat("fa-IR-u-ca-persian", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: "UTC" }) };
  function fill(claim) {
    const list = claim.querySelector("ul");
    if (list.childElementCount) return;
    const said = new Map();  // records in the same words stand together
    for (const n of claim.dataset.records.split(" ").filter(Boolean)) {
      const record = data.records[+n], words = (fa() && record[3]) || record[2];
      said.set(words, [...(said.get(words) || []), record]);
    }
    for (const [words, records] of said) {
      const item = document.createElement("li"), text = document.createElement("span"), note = document.createElement("small");
      text.textContent = words;
      text.lang = fa() && records[0][3] ? "fa" : "en";
      text.dir = text.lang === "fa" ? "rtl" : "ltr";
      records.forEach(([id, on], i) => {
        const code = document.createElement("code"), time = document.createElement("time");
        code.textContent = id;
        code.dir = "ltr";
        time.append(dayOf[fa() ? "fa" : "en"].format(new Date(on)) + " ", code);
        note.append(i ? " · " : "", time);
      });
      item.append(text, note);
      list.append(item);
    }
  }
  for (const claim of all(".claim")) claim.addEventListener("toggle", () => { if (claim.open) fill(claim); });

  // --- print one plan ---
  for (const button of all("button.print")) {
    button.addEventListener("click", () => {
      const plan = button.closest(".plan"), letter = plan.querySelector(".letter"), was = letter.open;
      letter.open = true;
      plan.classList.add("printed");
      root.classList.add("print-one");
      addEventListener("afterprint", () => {
        letter.open = was;
        plan.classList.remove("printed");
        root.classList.remove("print-one");
      }, { once: true });
      print();
    });
  }

  function start() {
    speak(new URLSearchParams(location.search).get("lang") === "fa" ? "fa" : "en");
    follow();
  }
  return { data, fa, dark, figures, redraws, show, start };
})();
