"use strict";

/* One page, no framework. Texts live in the two text areas and nowhere else; only the page's language and appearance are
   kept between visits. All offsets are UTF-16 units, which is what JavaScript counts in. */

const WAIT = 200; // milliseconds of silence before a draft is checked
const QUIET = 1200; // milliseconds of silence before the count is said aloud
const LANGUAGES = ["en", "hr", "sr", "nl", "ru"];
const TAGS = { sr: "sr-Latn" }; // what `lang` says of the page where it is not the key of the strings
const RANK = { error: 0, warning: 1, suggestion: 2 };
const ICONS = { pass: "pass", warn: "warning", block: "error", unchecked: "warning", empty: "none" };
const DOCUMENTS = { S0: "hr", S1: "hr", S2: "nl", S3: "sr-Latn", S4: "ru" }; // the languages that sources are quoted in
const FEW = 8; // examples of a rule that are shown at first

const $ = (id) => document.getElementById(id);
const root = document.documentElement;

const page = {
  lang: "en", strings: {}, token: null, theme: "auto",
  answer: null, // the last answer of the server, its places moved along with what was typed since
  text: "", // the draft that `answer.findings` have their places in
  asked: 0, timer: 0, retry: 0, tries: 0, saying: 0, request: null, said: "", failure: null,
  cardLang: null, wordsOf: new Map(), cards: new Map(),
};

// ---------------------------------------------------------------------------------------------- before the first paint

const kept = {
  get(key) { try { return localStorage.getItem(`replylint.${key}`); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(`replylint.${key}`, value); } catch { /* a private window keeps nothing */ } },
};

function preferred() {
  const known = [...LANGUAGES, "sr-Cyrl"];
  if (known.includes(kept.get("lang"))) return kept.get("lang");
  for (const wish of navigator.languages ?? []) {
    const [base, ...rest] = wish.toLowerCase().split("-");
    if (base === "sr" && rest.includes("cyrl")) return "sr-Cyrl";
    if (LANGUAGES.includes(base)) return base;
  }
  return "en";
}

function setTheme(theme) {
  page.theme = ["light", "dark"].includes(theme) ? theme : "auto";
  if (page.theme === "auto") delete root.dataset.theme; else root.dataset.theme = page.theme;
}

page.lang = preferred();
root.lang = TAGS[page.lang] ?? page.lang;
setTheme(kept.get("theme"));

// ------------------------------------------------------------------------------------------------------------- strings

function t(key, values = {}) {
  let text = page.strings[page.lang]?.[key] ?? key;
  if (typeof text === "object") text = text[new Intl.PluralRules(root.lang).select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function languageName(code) {
  try {
    const name = new Intl.DisplayNames([root.lang], { type: "language" }).of(code);
    return name.charAt(0).toLocaleUpperCase(root.lang) + name.slice(1);
  } catch { return code; }
}

function translate() {
  root.lang = TAGS[page.lang] ?? page.lang;
  document.title = t("page.title");
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
  for (const node of document.querySelectorAll("[data-t-placeholder]")) node.placeholder = t(node.dataset.tPlaceholder);
  for (const option of $("lang").options) if (option.value) option.textContent = languageName(option.value);
  page.cards.clear();
  render();
  showFailure();
  if ($("dialog").open) route();
}

// -------------------------------------------------------------------------------------------------------------- server

class Failure extends Error {
  constructor(code, message = "", after = 0) { super(message); this.code = code; this.after = after; }
}

async function ask(path, body, signal) {
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (page.token) headers.Authorization = `Bearer ${page.token}`;
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("offline");
  }
  let answer = null;
  try { answer = await response.json(); } catch (error) { if (error.name === "AbortError") throw error; }
  if (response.ok && answer !== null) return answer;
  if (response.status === 401) throw new Failure(page.token ? "wrongToken" : "unauthorized");
  if (response.status === 413) throw new Failure("tooLarge");
  if (response.status === 429) throw new Failure("rate", "", Number(response.headers.get("Retry-After")) || 2);
  if (response.ok) throw new Failure("broken");
  throw new Failure(response.status === 404 ? "missing" : "server", answer?.error?.message ?? `HTTP ${response.status}`);
}

/** The rules in a language, by id, without examples; asked for once. */
function rulesIn(lang) {
  if (!page.wordsOf.has(lang)) {
    const coming = ask(`v1/rules?lang=${encodeURIComponent(lang)}`).then((rules) => new Map(rules.map((rule) => [rule.id, rule])));
    coming.catch(() => page.wordsOf.delete(lang));
    page.wordsOf.set(lang, coming);
  }
  return page.wordsOf.get(lang);
}

// --------------------------------------------------------------------------------------------------------------- check

function changed() {
  const text = $("draft").value;
  if (text !== page.text) { follow(page.text, text); page.text = text; paint(); }
  later(WAIT);
}

function later(wait) {
  page.asked += 1; // an answer that is still under way is stale from here on
  clearTimeout(page.timer);
  clearTimeout(page.retry);
  page.timer = setTimeout(check, wait);
}

/** Moves the findings' places along with what was typed, and drops those whose words were touched. */
function follow(before, after) {
  if (!page.answer) return;
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const shift = after.length - before.length, rest = before.length - tail;
  const moved = (place) => {
    if (place.end <= head) return place;
    return place.start >= rest ? { ...place, start: place.start + shift, end: place.end + shift } : null;
  };
  page.answer.findings = page.answer.findings.map((found) => {
    if (found.start === null) return found;
    const place = moved(found);
    if (!place) return { ...found, lost: true, fix: null };
    return { ...place, fix: found.fix && !found.lost ? moved(found.fix) : null };
  });
}

async function check() {
  clearTimeout(page.retry);
  const turn = (page.asked += 1);
  page.request?.abort();
  if (!page.text.trim()) {
    page.answer = null;
    $("findings").removeAttribute("aria-busy");
    fail(null);
    render();
    return;
  }
  page.request = new AbortController();
  const slow = setTimeout(() => {
    if (turn !== page.asked) return;
    $("findings").setAttribute("aria-busy", "true");
    if (!page.answer && !page.failure) $("verdict-name").textContent = t("verdict.checking");
  }, 400);
  try {
    const answer = await ask("v1/check", {
      draft: page.text, markup: "text", offsets: "utf16",
      customer_message: $("customer").value.trim() ? $("customer").value : null,
      customer_name: $("name").value.trim() || null,
      channel: $("channel").value || null,
      lang: $("lang").value || null,
    }, page.request.signal);
    if (turn !== page.asked) return;
    if (!Array.isArray(answer.findings)) throw new Failure("broken");
    page.answer = answer;
    page.tries = 0;
    fail(null);
    render();
  } catch (error) {
    if (turn !== page.asked || error.name === "AbortError") return;
    fail(error instanceof Failure ? error : new Failure("broken"));
  } finally {
    clearTimeout(slow);
    if (turn === page.asked) $("findings").removeAttribute("aria-busy");
  }
}

/** Says what went wrong; findings of before stay where they are, marked as old by the sentence above them. */
function fail(failure) {
  page.failure = failure;
  showFailure();
  if (failure) render();
  if (!failure || !["offline", "rate"].includes(failure.code)) return;
  page.tries += 1;
  const seconds = failure.code === "rate" ? failure.after : Math.min(2 ** page.tries, 15);
  page.retry = setTimeout(check, seconds * 1000);
}

function showFailure() {
  const failure = page.failure;
  const token = failure && ["unauthorized", "wrongToken"].includes(failure.code);
  const sentence = failure ? t(`error.${failure.code === "missing" ? "server" : failure.code}`, { message: failure.message }) : "";
  if ($("notice-text").textContent !== sentence) $("notice-text").textContent = sentence;
  $("notice").hidden = !failure;
  $("retry").hidden = !failure || token || failure.code === "tooLarge";
  const shown = !$("token-form").hidden;
  $("token-form").hidden = !token && !(shown && failure);
}

// --------------------------------------------------------------------------------------------------------------- marks

/** The findings with a place in the draft as it stands, with their numbers. */
function placed() {
  return (page.answer?.findings ?? []).map((found, number) => ({ found, number }))
    .filter(({ found }) => found.start !== null && !found.lost && found.end > found.start && found.end <= page.text.length);
}

/** Puts the draft with its marks under the text area. Where findings overlap, each piece is a mark of its own. */
function paint() {
  const text = page.text, here = placed();
  const edges = [...new Set([0, text.length, ...here.flatMap(({ found }) => [found.start, found.end])])].sort((a, b) => a - b);
  const pieces = document.createDocumentFragment();
  for (let i = 0; i + 1 < edges.length; i += 1) {
    const [start, end] = [edges[i], edges[i + 1]];
    const inside = here.filter(({ found }) => found.start <= start && end <= found.end);
    const words = text.slice(start, end);
    if (!inside.length) { pieces.append(words); continue; }
    const worst = inside.reduce((a, b) => (RANK[b.found.severity] < RANK[a.found.severity] ? b : a));
    const mark = make("mark", {}, words);
    mark.dataset.severity = worst.found.severity;
    mark.dataset.findings = inside.map(({ number }) => number).join(" ");
    pieces.append(mark);
  }
  // A last line that is empty has no height in the layer, but has one in the text area.
  if (!text || text.endsWith("\n")) pieces.append("\u200b");
  $("mirror").replaceChildren(pieces);
  $("copy").disabled = !text;
  keepInStep();
}

function keepInStep() {
  $("mirror").scrollTop = $("draft").scrollTop;
  $("mirror").scrollLeft = $("draft").scrollLeft;
}

function marksOf(number) {
  return [...$("mirror").querySelectorAll("mark")].filter((mark) => mark.dataset.findings.split(" ").includes(String(number)));
}

/** Ties marked words and entries together: all of these findings, and only these, stand out. */
function activate(numbers) {
  const wanted = new Set(numbers.map(String));
  for (const mark of $("mirror").querySelectorAll("mark")) {
    mark.classList.toggle("active", mark.dataset.findings.split(" ").some((number) => wanted.has(number)));
  }
  for (const entry of $("list").children) entry.classList.toggle("active", wanted.has(entry.dataset.number));
}

function bring(entry) {
  const panel = $("findings");
  if (!entry || panel.scrollHeight <= panel.clientHeight) return;
  const inner = entry.getBoundingClientRect(), { bottom } = panel.getBoundingClientRect();
  const top = $("verdict").getBoundingClientRect().bottom; // the verdict stays in view above the entries
  if (inner.top < top) panel.scrollTop += inner.top - top - 8;
  else if (inner.bottom > bottom) panel.scrollTop += Math.min(inner.bottom - bottom + 8, inner.top - top - 8);
}

function atCaret() {
  const [start, end] = [$("draft").selectionStart, $("draft").selectionEnd];
  return placed().filter(({ found }) => found.start <= start && end <= found.end).map(({ number }) => number);
}

function goTo(number) {
  const found = page.answer?.findings[number];
  if (!found || found.start === null || found.lost) return;
  $("draft").focus({ preventScroll: true });
  $("draft").setSelectionRange(found.start, found.end);
  activate([number]);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const mark = marksOf(number)[0], box = mark?.getBoundingClientRect();
  if (box && (box.top < 0 || box.bottom > innerHeight)) mark.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
}

/** Takes the safe replacement, in a way that the browser can undo. */
function take(number) {
  const fix = page.answer?.findings[number]?.fix;
  if (!fix) return;
  const draft = $("draft");
  draft.focus();
  draft.setSelectionRange(fix.start, fix.end);
  const done = fix.text ? document.execCommand("insertText", false, fix.text) : document.execCommand("delete");
  if (!done) { draft.setRangeText(fix.text, fix.start, fix.end, "end"); }
  draft.setSelectionRange(fix.start, fix.start + fix.text.length);
  changed();
  later(0);
}

// ---------------------------------------------------------------------------------------------------------------- list

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** The `lang` of a text in a language, by its script where there are two. */
function tag(lang, text) {
  if (lang !== "sr") return lang;
  return /[\u0400-\u04ff]/.test(text) ? "sr-Cyrl" : "sr-Latn";
}

const LETTERS = new Map([..."abvgdđežzijklmnoprstćufhcčš"].map((letter, i) => [letter, "абвгдђежзијклмнопрстћуфхцчш"[i]]));
for (const [pair, letter] of [["lj", "љ"], ["nj", "њ"], ["dž", "џ"]]) LETTERS.set(pair, letter);

/** A rule's Serbian words in the script of the draft or the page; what has no Serbian spelling stays as it is. */
function scripted(text, lang) {
  if (lang !== "sr-Cyrl") return text;
  return text.replace(/\{[^}]*\}|\p{L}+/gu, (word) => {
    if (/[{}qwxy]|replylint/i.test(word)) return word;
    return word.replace(/lj|nj|dž|\p{L}/giu, (letter) => {
      const written = LETTERS.get(letter.toLowerCase()) ?? letter;
      return letter[0] === letter[0].toLowerCase() ? written : written.toUpperCase();
    });
  });
}

function severityOf(severity) {
  return make("span", { class: "severity" }, icon(severity), t(`severity.${severity}`));
}

function entryOf(found, lang) {
  const spoken = tag(lang, found.message), has = found.start !== null, title = scripted(found.title, spoken);
  const entry = make("li", { class: has ? "finding placed" : "finding" });
  entry.dataset.severity = found.severity;
  const number = () => Number(entry.dataset.number);
  const rule = make("a", { class: "rule", href: `#rule/${encodeURIComponent(found.rule)}`, "aria-label": t("finding.ruleOf", { title }) }, t("finding.rule"));
  rule.addEventListener("click", () => { page.cardLang = lang; });
  entry.append(make("div", { class: "finding-head" }, severityOf(found.severity), make("small", {}, rule)));
  entry.append(make("h3", { lang: tag(lang, title) }, title));
  if (has) {
    const words = make("button", { type: "button", class: "words", "aria-label": t("finding.show", { words: found.words }) }, make("span", { lang: spoken }, found.words));
    words.addEventListener("focus", () => activate([number()]));
    words.addEventListener("blur", () => activate([]));
    entry.append(words);
  } else {
    entry.append(make("span", { class: "whole" }, t("finding.whole")));
  }
  entry.append(make("p", { class: "message", lang: spoken }, found.message));
  if (found.advice) entry.append(make("p", { class: "advice" }, make("b", {}, `${t("finding.instead")}: `), make("span", { lang: spoken }, found.advice)));
  if (found.fix) {
    const shown = found.fix.text ? t("finding.replace", { text: found.fix.text }) : t("finding.delete");
    const button = make("button", { type: "button", class: "button small take" }, shown);
    button.addEventListener("click", () => take(number()));
    entry.append(make("div", { class: "actions" }, button));
  }
  entry.append(reasons(found, lang));
  entry.addEventListener("click", (event) => { if (!event.target.closest("a, details, .take")) goTo(number()); });
  entry.addEventListener("mouseenter", () => activate([number()]));
  entry.addEventListener("mouseleave", () => activate([]));
  return entry;
}

/** Why the rule is there, which comes with the rules when the part is opened, and the sentence it rests on. */
function reasons(found, lang) {
  const why = make("p", { hidden: "" });
  const [, paper, quote] = /^(\S+): (.*)$/s.exec(found.source) ?? [null, "", found.source];
  const part = make("details", {}, make("summary", {}, t("finding.why")), why);
  if (quote) part.append(make("blockquote", {}, paper ? `${paper}: ` : "", make("q", { lang: DOCUMENTS[paper] }, quote)));
  part.addEventListener("toggle", async () => {
    if (!part.open || !why.hidden) return;
    try {
      const rule = (await rulesIn(lang)).get(found.rule);
      if (!rule?.why) return;
      why.textContent = scripted(rule.why, tag(lang, found.message));
      why.lang = tag(lang, why.textContent);
      why.hidden = false;
    } catch { /* the quotation stands by itself */ }
  });
  return part;
}

/** Entries that stay the same are kept, so that what is open stays open and what has the focus keeps it. */
function renderList() {
  const { findings = [], lang = null } = page.answer ?? {};
  const before = page.cards, seen = new Map(), list = $("list");
  page.cards = new Map();
  findings.forEach((found, number) => {
    const same = JSON.stringify([lang, found.rule, found.fingerprint, found.severity, found.words, found.message, found.advice, found.start === null, found.fix?.text]);
    const nth = seen.get(same) ?? 0;
    seen.set(same, nth + 1);
    const key = `${nth} ${same}`;
    const entry = before.get(key) ?? entryOf(found, lang ?? "en");
    entry.dataset.number = number;
    page.cards.set(key, entry);
    if (list.children[number] !== entry) list.insertBefore(entry, list.children[number] ?? null);
  });
  while (list.children.length > findings.length) list.lastElementChild.remove();
}

function counted(findings) {
  const parts = Object.keys(RANK)
    .map((severity) => [severity, findings.filter((found) => found.severity === severity).length])
    .filter(([, n]) => n).map(([severity, n]) => t(`count.${severity}`, { n }));
  return parts.length ? parts.join(", ") : t("count.none");
}

function whyUnchecked({ reason, lang }) {
  if (/language could not be told/.test(reason ?? "")) return t("reason.lang");
  if (/no rules for/.test(reason ?? "")) return t("reason.norules", { lang: lang ? languageName(lang) : reason });
  if (reason === "it took too long") return t("reason.late");
  return t("reason.other", { reason: reason ?? "" });
}

function render() {
  const answer = page.answer, known = answer?.checked ? answer.verdict : answer ? "unchecked" : "empty";
  // Findings of before a failure stay, but their verdict is no longer that of the draft.
  const verdict = page.failure && page.text.trim() ? "unchecked" : known;
  $("verdict").dataset.verdict = verdict;
  $("verdict-icon").setAttribute("href", `#i-${ICONS[verdict] ?? "none"}`);
  $("verdict-name").textContent = t(`verdict.${verdict}`);
  $("count").textContent = !answer || page.failure ? "" : answer.checked ? counted(answer.findings) : whyUnchecked(answer);
  $("found-lang").textContent = answer?.lang ? languageName(answer.lang) : "";
  $("found-lang").title = answer?.lang ? t("found.lang", { lang: languageName(answer.lang) }) : "";
  $("version").textContent = answer?.version ? `replylint ${answer.version}` : "";
  $("example").hidden = Boolean(page.text || $("customer").value);
  renderList();
  renderSkipped(answer?.checked ? answer.skipped : []);
  paint();
  say();
}

function renderSkipped(skipped) {
  const reasons = new Map();
  for (const { rule, reason } of skipped) {
    const shown = page.strings[page.lang]?.[`reason.${reason}`] ?? reason;
    reasons.set(shown, [...(reasons.get(shown) ?? []), rule]);
  }
  $("skipped").hidden = !skipped.length;
  $("skipped-label").textContent = t("skipped.label", { n: skipped.length });
  $("skipped-list").replaceChildren(...[...reasons].map(([reason, rules]) => make("div", {}, make("dt", {}, reason),
    make("dd", {}, ...rules.map((rule) => make("a", { href: `#rule/${encodeURIComponent(rule)}` }, rule))))));
}

/** Says the verdict and the count to a screen reader when typing has paused, and only when they are not as before. */
function say() {
  clearTimeout(page.saying);
  page.saying = setTimeout(() => {
    const words = page.answer ? `${$("verdict-name").textContent}. ${$("count").textContent}` : "";
    if (words !== page.said) { page.said = words; $("said").textContent = words; }
  }, QUIET);
}

// --------------------------------------------------------------------------------------------------------------- rules

function baseLang() { return page.lang.split("-")[0]; }

async function route() {
  const [, rule] = /^#rule\/(.+)$/.exec(location.hash) ?? [];
  if (!rule && location.hash !== "#rules") { if ($("dialog").open) $("dialog").close(); return; }
  const at = location.hash;
  show(t(rule ? "finding.rule" : "rules.label"), null, make("p", { class: "hint" }, t("rules.loading")));
  try {
    const lang = page.cardLang ?? baseLang();
    const view = rule ? cardView(await ask(`v1/rules/${encodeURIComponent(decodeURIComponent(rule))}?lang=${lang}`), lang) : rulesView(await rulesIn(baseLang()));
    if (location.hash === at) show(...view);
  } catch (error) {
    if (location.hash !== at) return;
    const code = error instanceof Failure ? error.code : "broken";
    const sentence = code === "missing" ? t("card.missing") : t(`error.${code}`, { message: error.message });
    show(t(rule ? "finding.rule" : "rules.label"), null, make("p", {}, sentence), make("p", {}, make("a", { href: "#rules" }, t("card.back"))));
    if (["unauthorized", "wrongToken"].includes(code)) { fail(error); $("dialog").close(); $("token").focus(); }
  }
}

function show(title, lang, ...body) {
  const dialog = $("dialog"), heading = $("dialog-title");
  heading.textContent = title;
  if (lang) heading.lang = lang; else heading.removeAttribute("lang");
  $("dialog-body").replaceChildren(...body);
  $("dialog-body").scrollTop = 0;
  if (!dialog.open) { dialog.showModal(); heading.focus(); }
  else if (!dialog.contains(document.activeElement) || document.activeElement === document.body) heading.focus();
}

function rulesView(rules) {
  const search = make("input", { type: "search", class: "search", "aria-label": t("rules.filter"), placeholder: t("rules.filter"), autocomplete: "off" });
  const none = make("p", { class: "hint", role: "status" });
  const families = new Map(), named = (family) => page.strings[page.lang]?.[`family.${family}`] ?? family;
  for (const rule of rules.values()) families.set(rule.family, [...(families.get(rule.family) ?? []), rule]);
  const sorted = [...families].sort(([a], [b]) => named(a).localeCompare(named(b), root.lang));
  const parts = sorted.map(([family, members]) => {
    const items = members.map((rule) => {
      const title = scripted(rule.title, page.lang);
      const link = make("a", { href: `#rule/${encodeURIComponent(rule.id)}` }, icon(rule.severity), make("span", { class: "unseen" }, `${t(`severity.${rule.severity}`)}: `), make("span", { lang: tag(baseLang(), title) }, title), make("code", {}, rule.id));
      link.addEventListener("click", () => { page.cardLang = null; });
      const item = make("li", {}, link);
      item.dataset.severity = rule.severity;
      item.dataset.words = `${title} ${rule.title} ${rule.id} ${rule.why} ${rule.advice}`.toLocaleLowerCase();
      return item;
    });
    return make("section", {}, make("h3", {}, named(family)), make("ul", { class: "rules" }, ...items));
  });
  search.addEventListener("input", () => {
    const wish = search.value.trim().toLocaleLowerCase();
    let any = false;
    for (const part of parts) {
      let some = false;
      for (const item of part.querySelectorAll("li")) { item.hidden = !item.dataset.words.includes(wish); some ||= !item.hidden; }
      part.hidden = !some;
      any ||= some;
    }
    none.textContent = any ? "" : t("rules.none");
  });
  return [t("rules.label"), null, search, none, ...parts];
}

function cardView(rule, lang) {
  const choice = make("select", {}, ...rule.languages.map((code) => make("option", { value: code }, languageName(code))));
  choice.value = rule.languages.includes(lang) ? lang : "en";
  choice.addEventListener("change", async () => {
    page.cardLang = choice.value;
    await route();
    $("dialog-body").querySelector("select")?.focus();
  });
  const script = choice.value === "sr" ? page.lang : choice.value;
  const [title, why, advice] = [rule.title, rule.why, rule.advice].map((text) => scripted(text ?? "", script));
  const spoken = (text) => ({ lang: tag(choice.value, text) });
  const back = make("a", { href: "#rules" }, `← ${t("card.back")}`);
  const head = make("div", { class: "card-top" }, back, severityOf(rule.severity), make("code", {}, rule.id), make("label", {}, make("span", { class: "unseen" }, t("card.lang")), choice));
  head.dataset.severity = rule.severity;
  const parts = [head, make("p", spoken(why), why)];
  if (advice) parts.push(make("h3", {}, t("card.instead")), make("p", spoken(advice), advice));
  if (rule.found?.length) parts.push(make("h3", {}, t("card.found")), ...examples(rule.found, choice.value, true));
  if (rule.not_found?.length) parts.push(make("h3", {}, t("card.notFound")), ...examples(rule.not_found, choice.value, false));
  if (rule.sources?.length) parts.push(make("h3", {}, t("card.sources")), ...rule.sources.map(quoted));
  return [title, tag(choice.value, title), ...parts];
}

function quoted({ document: name, quote, translation }) {
  const quotation = make("blockquote", {}, `${name}: `, make("q", { lang: DOCUMENTS[name] }, quote));
  if (translation) quotation.append(make("small", { lang: "en" }, translation));
  return quotation;
}

/** Examples as the rule's files have them: “(customer: …) …”, and «…» around the words that are reported. */
function examples(texts, lang, marked) {
  const items = texts.map((text) => {
    const [, customer, draft] = /^\(customer: (.*?)\) (.*)$/s.exec(text) ?? [null, "", text];
    const item = make("li", { lang: tag(lang, draft) });
    if (customer) item.append(make("small", {}, t("card.customer", { text: customer })));
    for (const [i, piece] of (marked ? draft.split(/«(.*?)»/s) : [draft]).entries()) item.append(i % 2 ? make("mark", {}, piece) : piece);
    return item;
  });
  const list = make("ul", { class: "examples" }, ...items);
  if (items.length <= FEW + 2) return [list];
  const rest = items.slice(FEW);
  for (const item of rest) item.hidden = true;
  const more = make("button", { type: "button", class: "button small" }, t("card.more", { n: rest.length }));
  more.addEventListener("click", () => {
    for (const item of rest) item.hidden = false;
    rest[0].tabIndex = -1;
    rest[0].focus();
    more.remove();
  });
  return [list, more];
}

function closed() {
  page.cardLang = null;
  if (/^#rule/.test(location.hash)) history.replaceState(null, "", location.pathname + location.search);
}

// ----------------------------------------------------------------------------------------------------------- beginning

function listen() {
  const draft = $("draft");
  draft.addEventListener("input", () => { changed(); $("example").hidden = Boolean(page.text || $("customer").value); });
  draft.addEventListener("scroll", keepInStep);
  $("customer").addEventListener("input", () => { later(WAIT); $("example").hidden = Boolean(page.text || $("customer").value); });
  $("name").addEventListener("input", () => later(WAIT));
  for (const id of ["channel", "lang"]) $(id).addEventListener("change", () => later(0));
  $("context").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("selectionchange", () => {
    if (document.activeElement !== draft) return;
    const here = atCaret();
    activate(here);
    if (here.length) bring($("list").children[here[0]]);
  });
  draft.addEventListener("blur", () => activate([]));
  let frame = 0;
  draft.addEventListener("mousemove", (event) => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const under = document.elementsFromPoint(event.clientX, event.clientY).find((node) => node.localName === "mark");
      activate(under ? under.dataset.findings.split(" ") : atCaret());
    });
  });
  draft.addEventListener("mouseleave", () => { cancelAnimationFrame(frame); activate(document.activeElement === draft ? atCaret() : []); });

  $("copy").addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(draft.value); } catch { draft.select(); document.execCommand("copy"); }
    $("copy").textContent = t("draft.copied");
    $("said").textContent = t("draft.copied");
    setTimeout(() => { $("copy").textContent = t("draft.copy"); }, 2000);
  });
  $("example").addEventListener("click", () => {
    $("customer").value = t("example.customer");
    draft.value = t("example.draft");
    changed();
    later(0);
    draft.focus();
    draft.setSelectionRange(draft.value.length, draft.value.length);
  });
  $("retry").addEventListener("click", () => later(0));
  addEventListener("online", () => { if (page.failure?.code === "offline") later(0); });
  $("token-form").addEventListener("submit", (event) => {
    event.preventDefault();
    page.token = $("token").value.trim() || null;
    $("token").value = "";
    page.failure = null;
    later(0);
    $("token-form").hidden = true;
    showFailure();
    draft.focus();
  });
  $("skip").addEventListener("click", (event) => { event.preventDefault(); draft.focus(); });

  $("ui-lang").value = page.lang;
  $("ui-lang").addEventListener("change", (event) => { page.lang = event.target.value; kept.set("lang", page.lang); translate(); });
  $("ui-theme").value = page.theme;
  $("ui-theme").addEventListener("change", (event) => { setTheme(event.target.value); kept.set("theme", page.theme); });

  $("close").addEventListener("click", () => $("dialog").close());
  $("dialog").addEventListener("click", (event) => { if (event.target === $("dialog")) $("dialog").close(); });
  $("dialog").addEventListener("close", closed);
  addEventListener("hashchange", route);
  addEventListener("beforeunload", (event) => { if (page.text.trim()) event.preventDefault(); });
}

document.addEventListener("DOMContentLoaded", async () => {
  try { page.strings = await (await fetch("strings.json")).json(); } catch { page.failure = new Failure("offline"); }
  listen();
  page.text = $("draft").value; // a browser may bring back what stood there
  translate();
  if (page.text.trim()) later(0);
  route();
});
