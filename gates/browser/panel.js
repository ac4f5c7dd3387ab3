"use strict";

/* What the agent sees: a badge at the box, a panel beside it, and a note where something left unchecked. It lives in a
   closed shadow root at the end of the document; the page can neither style it nor read it. */

const GAP = 8; // pixels between box and panel
const WIDTH = 360; // pixels
const LEAST = 220, MOST = 460; // pixels of height
const CONTROLS = "a[href], button, input, select, textarea, iframe, [role=button], [contenteditable=true]";
const NOTE = 15000; // milliseconds a note stays

class Panel {
  constructor(words, language, css) {
    this.words = words;
    this.host = document.createElement("replylint-gate");
    this.root = this.host.attachShadow({ mode: "closed" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.root.adoptedStyleSheets = [sheet];
    this.host.lang = language === "sr" ? "sr-Latn" : language;
    this.marks = new Marks(this.root);
    this.build();
    this.keepToItself();
  }

  build() {
    this.badge = element("button", { class: "badge", type: "button", hidden: "" });
    this.badge.addEventListener("click", () => this.open(true));
    this.panel = element("section", { class: "panel", tabindex: "-1", "aria-labelledby": "title", hidden: "" });
    this.note = element("div", { class: "notice", role: "alert", hidden: "" });
    this.status = element("div", { class: "unseen", role: "status" });
    this.root.append(this.panel, this.badge, this.note, this.status);
  }

  /** Our clicks and keys are none of the page's business: many pages send or close on them. */
  keepToItself() {
    const events = ["click", "dblclick", "mousedown", "mouseup", "pointerdown", "pointerup", "focusin", "focusout",
      "input", "change", "paste", "copy", "cut", "wheel", "touchstart", "touchend"];
    for (const name of events) this.host.addEventListener(name, (event) => event.stopPropagation());
  }

  /** A key that was pressed inside; says whether it was ours. The page is not to see it either way. */
  key(event) {
    if (event.type !== "keydown" || event.key !== "Escape") return;
    event.preventDefault();
    this.does?.back();
  }

  attach() { if (!this.host.isConnected) document.documentElement?.append(this.host); }

  t(key, values = {}) {
    return (this.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  // ------------------------------------------------------------------------------------------------- while one types

  /** Shows findings beside the box. does: {go(found), fix(found), back()}. */
  live(findings, lang, does) {
    this.attach();
    this.does = does;
    this.held = false;
    this.count = findings.length;
    const worst = ["error", "warning", "suggestion"].find((each) => findings.some((found) => found.severity === each));
    this.badge.hidden = !findings.length;
    this.badge.className = `badge ${worst}`;
    this.badge.textContent = String(findings.length);
    this.badge.setAttribute("aria-label", `${this.t("findings")}: ${findings.length}`);
    if (!findings.length) this.panel.hidden = true;
    else this.fill(this.t("findings"), findings, lang, null);
  }

  /** Says the number of findings, once typing has stopped. */
  say() { this.status.textContent = this.count ? `${this.t("findings")}: ${this.count}` : this.t("fine"); }

  open(focused) {
    this.panel.hidden = false;
    this.side = this.outer ? this.chosen(visible(this.outer)) : null;
    this.settle();
    if (focused) this.panel.focus();
  }

  // ---------------------------------------------------------------------------------------------------- when it stays

  /** The reply stays. ask: "" for no way out, otherwise a reason is asked for, and with "agent" who the agent is. */
  hold({ title, findings, lang, ask, text }, does) {
    this.attach();
    this.quiet();
    this.does = does;
    this.held = true;
    this.badge.hidden = true;
    this.fill(title, findings, lang, this.foot(ask, text));
    this.panel.className = `panel held ${ask ? "warning" : "error"}`;
    this.panel.setAttribute("role", "alertdialog");
    this.panel.setAttribute("aria-describedby", "list foot");
    this.open(true);
  }

  foot(ask, text) {
    this.fault = this.reason = this.agent = null;
    const foot = element("footer", { id: "foot" });
    const buttons = element("div", { class: "buttons" });
    if (ask) foot.append(this.form(ask, buttons));
    else if (text) foot.append(element("p", {}, text));
    const back = element("button", { type: "button", class: ask ? "" : "main" }, this.t("back"));
    back.addEventListener("click", () => this.does.back());
    buttons.append(back);
    foot.append(buttons);
    return foot;
  }

  form(ask, buttons) {
    const form = element("form", { id: "anyway", novalidate: "" });
    this.reason = element("input", { name: "reason", maxlength: "500", autocomplete: "off" });
    this.agent = ask === "agent" ? element("input", { name: "agent", maxlength: "200", autocomplete: "off" }) : null;
    form.append(labelled(this.t("reason"), this.reason));
    if (this.agent) form.append(labelled(this.t("agent"), this.agent));
    this.fault = element("p", { class: "fault", role: "alert", hidden: "" });
    form.append(this.fault);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.anyway();
    });
    buttons.append(element("button", { type: "submit", form: "anyway", class: "main" }, this.t("send_anyway")));
    return form;
  }

  anyway() {
    const reason = this.reason.value.trim(), agent = this.agent?.value.trim();
    if (reason.length < 3) this.blame(this.t("reason_missing"), this.reason);
    else if (this.agent && !agent) this.blame(this.t("agent_missing"), this.agent);
    else this.does.send(reason, agent);
  }

  /** Something is wrong with what was entered, or with what came of it. */
  blame(text, field = this.reason) {
    this.quiet();
    if (!this.fault) return;
    this.fault.hidden = false;
    this.fault.textContent = text;
    field?.focus();
  }

  // ------------------------------------------------------------------------------------------------------------ parts

  fill(title, findings, lang, foot) {
    const head = element("header", {}, element("h2", { id: "title" }, title));
    const close = element("button", { type: "button", class: "close", "aria-label": this.t("close") }, "×");
    close.addEventListener("click", () => this.does.back());
    head.append(close);
    const list = element("ul", { id: "list" });
    list.append(...findings.map((found) => this.finding(found, lang)));
    this.panel.className = "panel";
    this.panel.setAttribute("role", "region");
    this.panel.removeAttribute("aria-describedby");
    this.panel.replaceChildren(head, ...(findings.length ? [list] : []), ...(foot ? [foot] : []));
  }

  finding(found, lang) {
    const item = element("li", { class: found.severity });
    const kind = element("b", {}, this.t(found.severity)), title = element("span", { lang }, found.title);
    item.append(element("p", { class: "kind" }, kind, " · ", title));
    item.append(found.start === null ? element("p", {}, this.t("whole")) : this.place(found, lang));
    item.append(element("p", { lang }, found.message));
    if (found.advice) {
      const instead = element("b", {}, `${this.t("instead")}: `);
      item.append(element("p", {}, instead, element("span", { lang }, found.advice)));
    }
    if (found.fix) item.append(this.replacement(found));
    return item;
  }

  place(found, lang) {
    const words = found.words.replace(/\s+/g, " ").trim();
    const place = element("button", { type: "button", class: "words", lang, "aria-label": this.t("go", { words }) }, words);
    place.addEventListener("click", () => this.does.go(found));
    return place;
  }

  replacement(found) {
    const says = found.fix.text ? this.t("replace", { text: found.fix.text }) : this.t("delete");
    const button = element("button", { type: "button", class: "fix" }, says);
    button.addEventListener("click", () => this.does.fix(found));
    return button;
  }

  // ------------------------------------------------------------------------------------------------------------ notes

  /** Says something at the foot of the window. passing: it goes by itself, since it only tells of waiting. */
  tell(key, passing = false) {
    this.attach();
    clearTimeout(this.noteTimer);
    this.note.className = passing ? "notice plain" : "notice";
    this.note.setAttribute("role", passing ? "status" : "alert");
    this.note.replaceChildren(element("span", {}, this.t(key)));
    this.note.hidden = false;
    if (passing) return;
    const close = element("button", { type: "button", class: "close", "aria-label": this.t("close") }, "×");
    close.addEventListener("click", () => { this.note.hidden = true; });
    this.note.append(close);
    this.noteTimer = setTimeout(() => { this.note.hidden = true; }, NOTE);
  }

  /** The waiting is over. */
  quiet() { if (this.note.classList.contains("plain")) this.note.hidden = true; }

  close() {
    this.held = false;
    this.panel.hidden = true;
  }

  gone() {
    this.close();
    this.badge.hidden = true;
    this.marks.clear();
  }

  // ------------------------------------------------------------------------------------------------------- its places

  /** Puts badge and panel where the box is now. */
  settle(outer = this.outer) {
    this.outer = outer;
    if (!outer) return;
    const box = visible(outer);
    this.badge.style.left = `${Math.max(4, box.right - this.badge.offsetWidth - 20)}px`;
    this.badge.style.top = `${Math.max(4, box.bottom - this.badge.offsetHeight / 2)}px`;
    if (!this.panel.hidden) this.dock(box);
  }

  /** Where the panel could stand: [side, room], beside the box, below or above it. */
  rooms(box) {
    if (!box.width || !box.height) return [];
    const width = Math.min(WIDTH, innerWidth), across = Math.min(Math.max(GAP, box.left), innerWidth - width - GAP);
    const beside = Math.max(GAP, Math.min(box.top, innerHeight - MOST - GAP)), tall = Math.min(MOST, innerHeight - 2 * GAP);
    const rooms = [
      ["right", new DOMRect(box.right + GAP, beside, width, tall)],
      ["left", new DOMRect(box.left - GAP - width, beside, width, tall)],
      ["below", new DOMRect(across, box.bottom + GAP, width, Math.min(MOST, innerHeight - box.bottom - 2 * GAP))],
      ["above", new DOMRect(across, GAP, width, Math.min(MOST, box.top - 2 * GAP))],
    ];
    return rooms.filter(([, room]) => room.left >= GAP && room.right <= innerWidth - GAP && room.height >= LEAST);
  }

  /** The side on which the panel covers none of the page's controls, otherwise the first that has room. */
  chosen(box) {
    const rooms = this.rooms(box);
    return (rooms.find(([, room]) => isFree(room)) ?? rooms[0])?.[0] ?? null;
  }

  /** Whether the panel can stand there unasked: beside the box, and on no control of the page. */
  hasRoom(outer) {
    return this.rooms(visible(outer)).some(([side, room]) => ["right", "left"].includes(side) && isFree(room));
  }

  dock(box) {
    const rooms = Object.fromEntries(this.rooms(box));
    const corner = new DOMRect(Math.max(GAP, innerWidth - WIDTH - GAP), GAP, WIDTH, innerHeight - 2 * GAP);
    const room = rooms[this.side] ?? Object.values(rooms)[0] ?? corner;
    this.panel.style.maxHeight = `${Math.min(room.height, MOST)}px`;
    const own = this.panel.offsetHeight;
    const top = room === corner || room === rooms.above ? room.bottom - own : room.top;
    this.panel.style.left = `${Math.round(room.left)}px`;
    this.panel.style.top = `${Math.round(Math.max(GAP, Math.min(top, innerHeight - own - GAP)))}px`;
  }
}

/** Whether no control of the page is there. */
function isFree(room) {
  return [...document.querySelectorAll(CONTROLS)].every((control) => {
    const shared = overlap(control.getBoundingClientRect(), room);
    return shared.width * shared.height === 0;
  });
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function labelled(text, field) {
  return element("label", {}, element("span", {}, text), field);
}
