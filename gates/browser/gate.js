"use strict";

/* Stands before Send. It finds the boxes that sites.json tells of, checks them while one types, and holds a press of Send
   until there is an answer; then the press is repeated, or the reply stays. It runs in a world of its own, so that scripts
   of the page see neither its variables nor its panel, and it takes events before any of them. */

const BUDGET = 3000; // milliseconds for an answer, everything included
const REUSE = 5000; // the answer on the same words, given while typing, serves a press for so many milliseconds
const PAUSE = 400; // milliseconds of silence before a draft is checked
const QUIET = 1500; // milliseconds of silence before the number of findings is said
const REST = 10000; // milliseconds without questions while typing when the service does not answer
const LOOK = 300; // milliseconds between looks at what pages change without saying so
const SLOW = 250; // milliseconds before it is said that a check is under way
const RANK = { error: 0, warning: 1, suggestion: 2 };
const LONGEST = 20000; // characters of what is sent along

const gate = { known: null, panel: null, composers: new WeakMap(), current: null, passing: null };

async function send(message) {
  try {
    return (await chrome.runtime.sendMessage(message)) ?? { failure: "NoReply" };
  } catch {
    return { failure: "NoExtension" }; // it was updated or switched off while the page was open
  }
}

function after(milliseconds, value) {
  return new Promise((done) => { setTimeout(done, milliseconds, value); });
}

// --------------------------------------------------------------------------------------------- what stands on the page

function shown(element) {
  const place = element.getBoundingClientRect();
  return place.width > 0 && place.height > 0 && getComputedStyle(element).visibility !== "hidden";
}

/** The elements that a selector means, in the composer first, otherwise on the page. */
function all(selector, root) {
  const near = root.querySelectorAll(selector);
  return [...(near.length || root === document ? near : document.querySelectorAll(selector))];
}

function fieldValue(element, attribute, label) {
  if (attribute) return element.getAttribute(attribute) ?? "";
  if (label) return element.selectedOptions?.[0]?.value ? element.selectedOptions[0].text : "";
  if (element.type === "checkbox" || element.type === "radio") return element.checked ? element.value : "";
  return element.value ?? element.innerText ?? "";
}

/** Whether a condition of sites.json holds. */
function holds({ selector, closest, attribute, value, present = true, not = false }, root, outer) {
  if (closest) return Boolean(outer.closest(closest)) === present;
  const found = all(selector, root);
  if (!value) return Boolean(found.length) === present;
  return found.some((each) => value.includes(fieldValue(each, attribute))) !== not;
}

/** What a place of sites.json says, or null; of several places the first that says something. */
function valueOf(place, root) {
  if (Array.isArray(place)) return place.reduce((text, each) => text ?? valueOf(each, root), null);
  if (!place) return null;
  const text = place.url ? location.href : textOf(place, all(place.selector, root));
  if (!text) return null;
  return place.pattern ? (new RegExp(place.pattern, "u").exec(text)?.[1] ?? null) : text;
}

function textOf({ attribute, label, pick = "first" }, found) {
  const chosen = { first: found.slice(0, 1), last: found.slice(-1), all: found }[pick];
  return chosen.map((each) => fieldValue(each, attribute, label).trim()).join("\n\n");
}

/** One box on the page with its Send, as a definition of sites.json describes it. */
class Composer {
  constructor(definition, root) {
    this.definition = definition;
    this.root = root;
    this.text = "";
    this.findings = [];
    this.lang = null;
    this.quietUntil = 0;
  }

  /** The box that is seen; where an editor hides the field that it fills, the editor. */
  find() {
    const elements = this.definition.box.flatMap((selector) => [...this.root.querySelectorAll(selector)]);
    const element = elements.find(shown) ?? elements.find((each) => each instanceof HTMLTextAreaElement);
    if (!element) return null;
    if (this.box?.outer === element && this.box.element.isConnected && boxStays(this.box)) return this.box;
    this.box = boxAt(element, this.definition.quote);
    this.watch();
    return this.box;
  }

  watch() {
    this.observer?.disconnect();
    this.dirty = true;
    if (!(this.box instanceof RichBox)) return;
    this.observer = new MutationObserver(() => { this.dirty = true; });
    this.observer.observe(this.box.element, { subtree: true, childList: true, characterData: true });
  }

  isReply() {
    return (this.definition.reply ?? []).every((condition) => holds(condition, this.root, this.box.outer));
  }

  /** Whether a press of Send would send a customer something that can be judged. */
  isAsked() {
    const box = this.find();
    return Boolean(box) && this.isReply() && box.seen().trim() !== "";
  }

  body(draft) {
    const said = (name, most) => valueOf(this.definition[name], this.root)?.slice(0, most) ?? null;
    return {
      draft,
      markup: this.box.markup,
      customer_message: said("customer_message", LONGEST),
      customer_name: said("customer_name", 500),
      channel: this.definition.channel ?? "email",
      id: said("ticket", 200),
      team: said("team", 200),
      template: said("template", LONGEST),
      template_id: said("template_id", 200),
    };
  }

  agent() { return valueOf(this.definition.agent, this.root)?.slice(0, 200) || gate.known.agent; }

  // ------------------------------------------------------------------------------------------------- while one types

  /** Looks whether the text is another one. */
  look() {
    const box = this.find();
    if (!box) return;
    listen(box);
    const text = this.dirty || box instanceof PlainBox ? box.read() : this.text;
    this.dirty = false;
    if (text !== this.text) this.changed(text);
    else if (this.isUnsure()) this.later();
  }

  changed(text) {
    gate.current = this;
    this.findings = moved(this.findings, this.text, text);
    this.text = text;
    this.show();
    this.later();
  }

  /** The findings of a note that has become a reply are not known yet, and those of a reply that is a note now, void. */
  isUnsure() {
    const reply = this.isReply();
    const unsure = this.wasReply !== undefined && this.wasReply !== reply;
    this.wasReply = reply;
    return unsure;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), PAUSE);
  }

  async check() {
    if (!gate.known.live || Date.now() < this.quietUntil) return;
    if (!this.isAsked()) {
      this.found([], null);
      return;
    }
    const text = this.box.read();
    this.last = this.question(this.body(text));
    const { answer, off, live } = await this.last.outcome;
    if (live !== undefined) gate.known.live = live;
    if (off) return;
    if (!answer) this.quietUntil = Date.now() + REST;
    else if (text === this.box?.read()) this.found(answer.checked ? answer.findings : [], answer.lang);
  }

  found(findings, lang) {
    const sorted = findings.toSorted((one, other) => RANK[one.severity] - RANK[other.severity]);
    this.findings = sorted.map((found) => ({ ...found, words: this.said(found), replaces: part(this.text, found.fix) }));
    this.lang = lang;
    if (gate.current !== this || gate.panel.held) return;
    this.show();
    clearTimeout(this.saying);
    this.saying = setTimeout(() => gate.panel.say(), QUIET);
  }

  /** The words of a finding as people read them, without the tags that may stand between. */
  said({ start, end, words }) { return (start !== null && this.box.words(start, end)) || words; }

  show() {
    if (gate.panel.held) {
      gate.panel.marks.draw(this.box, this.findings);
      return;
    }
    gate.panel.live(this.findings, this.lang, this.does());
    this.draw();
    const shut = this.findings.length && !this.closed && gate.panel.panel.hidden;
    if (shut && gate.panel.hasRoom(this.box.outer)) gate.panel.open(false);
  }

  draw() {
    gate.panel.marks.draw(this.box, this.findings);
    gate.panel.settle(this.box.outer);
  }

  does() {
    return {
      go: (found) => this.box.select(found.start, found.end),
      fix: (found) => this.replace(found),
      back: () => this.back(),
    };
  }

  /** Puts the replacement in, where the words are still those that it is for. */
  replace({ fix, replaces }) {
    const text = this.box.read();
    if (text.slice(fix.start, fix.end) === replaces) this.box.replace(fix.start, fix.end, fix.text);
    this.look();
  }

  back() {
    const held = gate.panel.held;
    this.closed = !held;
    gate.panel.close();
    if (held) this.show();
    (this.cursor ?? (() => this.box.focus()))();
    this.cursor = null;
  }

  // -------------------------------------------------------------------------------------------------- when one sends

  /** The answer on a draft. One given while typing, not older than a few seconds, is not asked for again. */
  answerOn(body) {
    const key = JSON.stringify(body), last = this.last;
    const serves = last?.key === key && (!last.done || (last.good && Date.now() - last.done < REUSE));
    this.last = null; // it serves one press
    return (serves ? last : this.question(body)).outcome;
  }

  question(body, override, agent) {
    const asked = { key: JSON.stringify(body), done: 0, good: false };
    const message = { type: "check", body: override ? { ...body, override } : body, agent };
    asked.outcome = Promise.race([send(message), after(BUDGET, { failure: "TimeoutError" })]).then((outcome) => {
      asked.done = Date.now();
      asked.good = Boolean(outcome.answer?.checked);
      if (outcome.fail) gate.known.fail = outcome.fail;
      return outcome;
    });
    return asked;
  }

  /** Send was pressed. leave: repeats the press. */
  async press(leave, reason, agent) {
    if (this.busy) return; // a second press while the first is judged is the same one
    this.busy = true;
    gate.current = this;
    this.cursor ??= this.box.keep();
    const slow = setTimeout(() => gate.panel.tell("checking", true), SLOW);
    const began = performance.now();
    try {
      const outcome = await this.judged(began, reason, agent);
      clearTimeout(slow);
      gate.panel.quiet();
      if (outcome) await this.decide(outcome, leave, began, Boolean(reason));
    } finally {
      clearTimeout(slow);
      this.busy = false;
    }
  }

  /** The answer on what is in the box. Where something was typed meanwhile, that is a draft of its own. */
  async judged(began, reason, agent) {
    const who = reason ? agent || this.agent() : null;
    for (let left = BUDGET; left > 0; left = BUDGET - (performance.now() - began)) {
      const text = this.box.read();
      const override = { token: this.token, reason, agent: who };
      const body = this.body(text), late = after(left, { failure: "TimeoutError" });
      const asked = reason ? this.question(body, override, agent).outcome : this.answerOn(body);
      const outcome = await Promise.race([asked, late]);
      this.text = text; // what the findings have their places in
      if (text === this.box.read()) return outcome;
    }
    return { failure: "TimeoutError" };
  }

  async decide({ answer, failure, off }, leave, began, overriding) {
    if (off) return this.leave(leave);
    const seconds = Number(((performance.now() - began) / 1000).toFixed(3));
    const logged = send({ type: "pressed", line: this.line(answer, failure, seconds) });
    const passes = answer ? answer.verdict === "pass" : gate.known.fail !== "closed";
    if (passes && answer?.checked) return this.leave(leave);
    if (!answer?.checked) await Promise.race([logged, after(BUDGET)]); // the page that follows shows it, too
    if (passes) return this.leaveUnchecked(leave);
    if (!answer?.checked) return this.stay({ title: gate.panel.t("held"), findings: [], lang: null, ask: "" }, leave);
    return this.refuse(answer, leave, overriding);
  }

  line(answer, failure, seconds) {
    const stopping = (answer?.findings ?? []).filter((found) => found.action !== "show");
    return {
      ticket: valueOf(this.definition.ticket, this.root),
      verdict: answer?.verdict ?? null,
      checked: answer?.checked ?? false,
      overridden: answer?.overridden ?? false,
      rules: [...new Set(stopping.map((found) => found.rule))],
      seconds,
      failure: failure ?? null,
    };
  }

  leave(leave) {
    this.cursor = null;
    this.closed = false;
    gate.panel.gone();
    gate.passing = this; // the repeated press is let through; pages cannot know of this
    try {
      leave();
    } finally {
      gate.passing = null;
    }
  }

  leaveUnchecked(leave) {
    this.leave(leave);
    gate.panel.tell("not_checked");
    setTimeout(() => send({ type: "told" }), 5000);
  }

  refuse(answer, leave, overriding) {
    this.found(answer.findings, answer.lang);
    this.token = answer.override_token;
    if (overriding && answer.reason && gate.panel.held) return gate.panel.blame(gate.panel.t("not_logged"));
    const stopping = this.findings.filter((found) => found.action !== "show");
    return this.stay({
      title: gate.panel.t(answer.verdict === "block" && !this.token ? "refused" : "warned"),
      findings: [...stopping, ...this.findings.filter((found) => found.action === "show")],
      lang: answer.lang,
      ask: this.token ? (this.agent() ? "reason" : "agent") : "",
      text: gate.panel.t("change"),
    }, leave);
  }

  stay(what, leave) {
    if (!what.findings.length) send({ type: "told" });
    gate.panel.outer = this.box.outer;
    gate.panel.hold(what, { ...this.does(), send: (reason, agent) => this.press(leave, reason, agent) });
    this.draw();
  }
}

/** A box in a frame whose editor has been built anew is another one. */
function boxStays(box) {
  return !box.frame || box.frame.contentDocument?.body === box.element;
}

function part(text, place) {
  return place ? text.slice(place.start, place.end) : null;
}

/** The findings in a text that was changed: moved along, and without those whose words were touched. */
function moved(findings, before, after) {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const shift = after.length - before.length, rest = before.length - tail;
  const place = (it) => {
    if (!it || it.start === null || it.end <= head) return it;
    return it.start >= rest ? { ...it, start: it.start + shift, end: it.end + shift } : undefined;
  };
  return findings.map((found) => ({ ...place(found), fix: place(found.fix) ?? null })).filter((found) => found.rule);
}

// --------------------------------------------------------------------------------------------------------------- events

function composerOf(definition, root) {
  const known = gate.composers.get(root) ?? new Map();
  gate.composers.set(root, known);
  if (!known.has(definition)) known.set(definition, new Composer(definition, root));
  return known.get(definition);
}

function rootsOf({ root, form }) {
  return root || form ? [...document.querySelectorAll(root ?? form)] : [document];
}

function composers() {
  return gate.known.composers.flatMap((it) => rootsOf(it).map((root) => composerOf(it, root)));
}

/** The composer that a form or a button belongs to. */
function owner(element, test) {
  for (const definition of gate.known?.composers ?? []) {
    if (!test(definition)) continue;
    const root = rootsOf(definition).find((each) => each.contains(element));
    if (root) return composerOf(definition, root);
  }
  return null;
}

function hold(event, composer, leave) {
  if (gate.passing || !composer?.isAsked()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  composer.press(leave);
}

function onSubmit(event) {
  const form = event.target, submitter = event.submitter;
  if (isEarly(event, () => resubmit(form, submitter))) return;
  const sends = ({ send }) => !submitter || !send || submitter.matches(send);
  const composer = owner(form, (it) => it.form && form.matches(it.form) && sends(it));
  if (composer) hold(event, composer, () => resubmit(form, submitter));
}

function resubmit(form, submitter) {
  form.requestSubmit(submitter?.isConnected && submitter.form === form ? submitter : undefined);
}

function onClick(event) {
  const target = event.composedPath()[0];
  if (event.target === gate.panel?.host || !(target instanceof Element)) return;
  const button = target.closest("button, a, input, [role=button], [role=menuitem]") ?? target;
  if (isEarly(event, () => button.click?.())) return;
  const composer = owner(target, (it) => !it.form && target.closest(it.send));
  const pressed = composer && target.closest(composer.definition.send);
  if (pressed && !pressed.disabled) hold(event, composer, () => pressed.click());
}

function onKey(event) {
  if (event.target === gate.panel?.host) {
    gate.panel.key(event);
    event.stopImmediatePropagation(); // what is typed as a reason is no shortcut of the page; it is typed all the same
    return;
  }
  if (event.type !== "keydown" || event.isComposing || !gate.known) return;
  const composer = composers().find((it) => isSendKey(event, it) && event.composedPath().includes(it.find()?.element));
  if (composer) hold(event, composer, () => all(composer.definition.send, composer.root).find(shown)?.click());
}

/** Whether a key sends on this site. Keys are told by sites.json: elsewhere they do not send, and must not begin to. */
function isSendKey(event, { definition }) {
  const mod = event.ctrlKey || event.metaKey;
  if (event.key !== "Enter" || event.altKey || event.shiftKey) return false;
  return (definition.keys ?? []).includes(mod ? "Mod+Enter" : "Enter");
}

function onInput(event) {
  if (!gate.known) return;
  const composer = composers().find((it) => it.box && event.composedPath().includes(it.box.element));
  if (!composer) return;
  composer.dirty = true;
  composer.closed = false;
  composer.look();
}

function onMove() {
  if (gate.current?.box?.element.isConnected) gate.current.draw();
}

/** Before we know what this page is, a press waits until we do. */
function isEarly(event, again) {
  if (gate.known || gate.ready === undefined) return false;
  event.preventDefault();
  event.stopImmediatePropagation();
  gate.ready.then(again);
  return true;
}

/** Keys and typing inside frames of editors do not reach this window. Adding a listener twice changes nothing. */
function listen(box) {
  const inside = box.window();
  if (!inside || inside === window) return;
  inside.addEventListener("keydown", onKey, true);
  inside.addEventListener("input", onInput, true);
  inside.addEventListener("scroll", onMove, { capture: true, passive: true });
}

// ---------------------------------------------------------------------------------------------------------------- start

function look() {
  if (document.hidden) return;
  for (const composer of composers()) composer.look();
  const current = gate.current;
  if (!current) return;
  if (!current.box?.outer.isConnected || !shown(current.box.outer)) leaveBox();
  else if (!current.busy) current.draw();
}

function leaveBox() {
  gate.panel.gone();
  gate.current = null;
}

async function start() {
  const known = await send({ type: "hello", languages: [...navigator.languages] });
  if (known.off || !known.composers) {
    gate.ready = undefined;
    return;
  }
  gate.panel = new Panel(known.words, known.language, known.css);
  gate.known = known;
  if (known.notice) gate.panel.tell(known.notice);
  setInterval(look, LOOK);
}

addEventListener("submit", onSubmit, true);
addEventListener("click", onClick, true);
for (const name of ["keydown", "keypress", "keyup"]) addEventListener(name, onKey, true);
addEventListener("input", onInput, true);
addEventListener("scroll", onMove, { capture: true, passive: true });
addEventListener("resize", onMove);
chrome.runtime.onMessage.addListener((message) => {
  if (message.type === "open" && gate.current?.findings.length) gate.panel.open(true);
});
gate.ready = start();
