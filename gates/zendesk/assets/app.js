// Keeps a public reply that breaks a rule from being sent, and shows in the sidebar what is wrong with it meanwhile.
"use strict";

/* global ZAFClient */

const PAUSE = 600; // milliseconds without a key before a draft is checked while it is written
const SHORTEST_REASON = 3; // what the service takes as a reason, in characters
const PATHS = [
  "ticket.id", "ticket.comment", "ticket.conversation", "ticket.requester", "ticket.assignee.group.name",
  "ticket.brand.name",
];
const BLOCKS = "address, blockquote, dd, div, dt, h1, h2, h3, h4, h5, h6, li, p, pre, tr";

/** A question that got no answer that can be used; the kind is all that is ever logged of it. */
class Failure extends Error {
  constructor(kind) {
    super(kind);
    this.name = "Failure";
  }
}

const client = typeof ZAFClient === "undefined" ? null : ZAFClient.init();
const at = (id) => document.getElementById(id);
const look = { status: at("status"), findings: at("findings"), override: at("override"), reason: at("reason"),
  missing: at("missing") };

let ready; // settings and words are there; a save waits for them, within its time
let settings = { url: "", team: "group", closed: false, timeout: 3000 };
let agent = { id: "", locale: navigator.language };
let words = {};
let lang = "en";

// What the sidebar knows. key: the sentence that it shows; token: what the reply that was held can be overridden with;
// armed: the override that goes with the next save; judged: the draft that was judged last; turn: counts questions, so
// that an answer that comes too late is dropped.
const state = { key: "", answer: null, token: null, armed: null, judged: "", turn: 0, timer: 0 };

/* Words */

/** The language of our words for a locale of the helpdesk, as `hr`, `nl-be` or `sr-Cyrl`. */
function known(locale) {
  const parts = String(locale || "en").replace("_", "-").toLowerCase().split("-");
  const names = [parts.slice(0, 2).join("-"), parts[0]];
  return names.map((name) => Object.keys(words).find((code) => code.toLowerCase() === name)).find(Boolean) || "en";
}

function say(key) {
  return words[lang]?.[key] ?? "replylint";
}

/* What Zendesk knows */

async function readSettings() {
  const given = (await client.metadata()).settings ?? {};
  const seconds = Number(given.timeout);
  settings = {
    url: String(given.url ?? "").trim().replace(/\/+$/, ""),
    team: String(given.team ?? "").trim() || "group",
    closed: given.fail_closed === true || given.fail_closed === "true",
    timeout: seconds > 0 ? 1000 * seconds : 3000,
  };
}

async function readAgent() {
  const user = (await client.get("currentUser")).currentUser;
  agent = { id: String(user.id), locale: user.locale };
}

async function readTicket() {
  const found = await client.get(PATHS);
  const comment = found["ticket.comment"] ?? {};
  const requester = found["ticket.requester"] ?? {};
  const sources = { group: found["ticket.assignee.group.name"], brand: found["ticket.brand.name"] };
  return {
    id: found["ticket.id"] ?? null,
    draft: String(comment.text ?? ""),
    markup: markupOf(comment),
    isNote: comment.type === "internalNote",
    customerName: requester.name,
    customerMessage: lastMessage(found["ticket.conversation"], requester.id),
    team: Object.hasOwn(sources, settings.team) ? sources[settings.team] : settings.team,
  };
}

/** The editor hands over HTML, unless the account writes plain text. */
function markupOf(comment) {
  return comment.useRichText !== false && /<[a-z][^>]*>/i.test(comment.text ?? "") ? "html" : "text";
}

/** What the customer wrote last: the requester, or where that cannot be told, any end user. */
function lastMessage(conversation, requester) {
  const written = (Array.isArray(conversation) ? conversation : []).filter(
    (entry) => entry?.author?.role === "end-user" && entry.channel?.name !== "internal" && entry.message?.content,
  );
  const own = written.filter((entry) => requester && String(entry.author.id) === String(requester));
  const last = (own.length ? own : written).at(-1);
  return last && textOf(last.message.content);
}

/** The text of HTML, a line for each block. The document that it is read into runs and loads nothing. */
function textOf(markup) {
  if (!/<[a-z!/]/i.test(markup)) return markup.trim();
  const page = new DOMParser().parseFromString(markup, "text/html");
  page.querySelectorAll("script, style, title").forEach((element) => element.remove());
  page.querySelectorAll(BLOCKS).forEach((element) => element.append("\n"));
  page.querySelectorAll("br, hr").forEach((element) => element.replaceWith("\n"));
  return page.body.textContent.replace(/\u00a0/g, " ").replace(/\n{3,}/g, "\n\n").trim();
}

/** Whether there is something to judge: a save without a comment and an internal note are not our matter. */
function isReply(ticket) {
  return !ticket.isNote && (ticket.markup === "html" ? textOf(ticket.draft) : ticket.draft.trim()) !== "";
}

/* Asking the service */

function questionOf(ticket, override) {
  const question = { draft: ticket.draft, markup: ticket.markup, id: ticket.id };
  if (ticket.customerMessage) question.customer_message = ticket.customerMessage;
  if (ticket.customerName) question.customer_name = String(ticket.customerName).slice(0, 500);
  if (ticket.team) question.team = String(ticket.team).slice(0, 200);
  if (override) question.override = { ...override, agent: (agent.id || "unknown").slice(0, 200) };
  return question;
}

/** The answer on a ticket's draft; raises Failure. Zendesk's server puts in the token, which the browser never sees. */
async function ask(ticket, override = null) {
  let answer;
  try {
    answer = await client.request({
      url: `${settings.url}/v1/check`,
      type: "POST",
      contentType: "application/json",
      dataType: "json",
      headers: { Authorization: "Bearer {{setting.token}}" },
      data: JSON.stringify(questionOf(ticket, override)),
      cors: false,
      secure: true,
      autoRetry: false,
    });
  } catch (refused) {
    throw new Failure(refused?.status ? `HTTP ${refused.status}` : "no answer");
  }
  if (!["pass", "warn", "block"].includes(answer?.verdict)) throw new Failure("no JSON of ours");
  return ticket.markup === "html" ? withoutTags(answer) : answer;
}

/** Words of a draft in HTML are quoted with the tags among them, which people are not to see. */
function withoutTags(answer) {
  const findings = answer.findings.map(
    (finding) => ({ ...finding, words: textOf(finding.words), message: textOf(finding.message) }),
  );
  return { ...answer, findings, dialog_text: textOf(answer.dialog_text) };
}

function within(promise, milliseconds) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Failure("timeout")), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/* The save */

/** Zendesk saves the ticket unless this throws, and then shows the agent what was thrown. */
async function onSave() {
  const began = performance.now();
  let ticket = {};
  let answer = null;
  nextTurn();
  const asking = async () => {
    await ready;
    ticket = await readTicket();
    state.judged = mark(ticket);
    return isReply(ticket) ? ask(ticket, state.armed) : null;
  };
  try {
    answer = await within(asking(), settings.timeout);
  } catch (failure) {
    report(ticket, { failure: failure instanceof Failure ? failure.message : "failed" }, began);
    return unchecked(settings.closed);
  }
  if (!answer) return pass("");
  report(ticket, { verdict: answer.verdict, checked: answer.checked, rules: rulesOf(answer) }, began);
  return answer.checked ? decide(answer) : unchecked(answer.verdict === "block");
}

function decide(answer) {
  if (answer.verdict === "pass") return pass("fine", answer);
  if (state.armed && answer.reason) return hold("not_logged", answer);
  return hold(answer.verdict === "warn" || answer.override_token ? "warned" : "refused", answer);
}

function pass(key, answer = null) {
  show(key, answer);
  return true;
}

function unchecked(held) {
  if (held) return hold("held");
  client.invoke("notify", plain(say("not_checked")), "alert").catch(() => {});
  return pass("not_checked");
}

function hold(key, answer = null) {
  Object.assign(state, { token: answer?.override_token ?? null, armed: null });
  show(key, answer);
  const next = answer && say(state.token ? "in_sidebar" : "change");
  throw new Error(plain([say(key), answer?.dialog_text, next].filter(Boolean).join("\n")));
}

/** Zendesk's notices take HTML, and words of the draft must not become any. */
function plain(text) {
  return text.replace(/</g, "‹").replace(/>/g, "›");
}

const rulesOf = (answer) => [...new Set(answer.findings.map((finding) => finding.rule))];

/** The browser's log: ticket, verdict, rules, seconds, the kind of a failure; never text. */
function report(ticket, outcome, began) {
  const seconds = Math.round(performance.now() - began) / 1000;
  const line = `replylint: ${JSON.stringify({ ticket: ticket.id ?? null, ...outcome, seconds })}`;
  if (outcome.failure) console.warn(line);
  else console.info(line);
}

/* While the agent writes */

function nextTurn() {
  clearTimeout(state.timer);
  state.turn += 1;
  return state.turn;
}

const mark = (ticket) => JSON.stringify([ticket.isNote, ticket.draft]);

function onChange() {
  clearTimeout(state.timer);
  state.timer = setTimeout(check, PAUSE);
}

/** Shows what is wrong with the draft as it stands. Nothing is held here, and no reason is asked for. */
async function check() {
  const turn = nextTurn();
  try {
    const answer = await within(lookAtDraft(turn), settings.timeout);
    if (answer && turn === state.turn) show(liveKey(answer), answer);
  } catch {
    if (turn !== state.turn) return;
    state.judged = "";
    show("no_answer");
  }
}

async function lookAtDraft(turn) {
  const ticket = await readTicket();
  if (turn !== state.turn || mark(ticket) === state.judged) return null;
  Object.assign(state, { judged: mark(ticket), armed: null });
  if (!isReply(ticket)) return forget();
  if (!state.answer) show("checking");
  return ask(ticket);
}

function liveKey(answer) {
  if (!answer.checked) return "unchecked";
  return answer.verdict === "pass" ? "fine" : "findings";
}

/** The draft is gone: what was said of it goes, except that the last reply left without being checked. */
function forget() {
  Object.assign(state, { token: null, armed: null, judged: "" });
  show(state.key === "not_checked" ? "not_checked" : "");
  return null;
}

/* The sidebar */

const TONES = { fine: "pass", refused: "block", held: "block", not_logged: "block", warned: "warn", not_checked: "warn",
  unchecked: "warn", no_answer: "warn", send_again: "pass" };

function show(key, answer = null) {
  Object.assign(state, { key, answer });
  const tone = key === "findings" ? answer.verdict : TONES[key] ?? "idle";
  look.status.dataset.tone = tone;
  const text = key ? say(key) : `${settings.url}\n${say("local_only")}`;
  // The same sentence is not said once more by a screen reader.
  if (look.status.textContent !== text) look.status.textContent = text;
  look.findings.replaceChildren(...inOrder(answer?.findings ?? []).map((finding) => entry(finding, answer.lang)));
  look.findings.hidden = !look.findings.children.length;
  look.override.hidden = !state.token || !answer?.override_token;
  if (!key) look.reason.value = "";
}

function inOrder(findings) {
  const gravity = ["block", "warn", "show"];
  return [...findings].sort((one, other) => gravity.indexOf(one.action) - gravity.indexOf(other.action));
}

function entry(finding, code) {
  const item = element("li", "");
  Object.assign(item.dataset, { action: finding.action, rule: finding.rule });
  item.lang = code ?? "";
  const advice = element("p", "", "advice");
  const instead = element("b", `${say("instead")}:`);
  instead.lang = lang;
  advice.append(instead, ` ${finding.advice}`);
  item.append(element("h2", finding.title), ...quoted(finding), advice);
  return item;
}

/** The message with the words in bold, or under the words where it does not name them. */
function quoted({ words: found, message }) {
  const told = element("p", "", "message");
  const place = found ? message.indexOf(found) : -1;
  if (place < 0) {
    told.textContent = message;
    return found ? [element("q", found), told] : [told];
  }
  told.append(message.slice(0, place), element("b", found), message.slice(place + found.length));
  return [told];
}

function element(name, text, kind = "") {
  const made = document.createElement(name);
  made.className = kind;
  made.textContent = text;
  return made;
}

function onReason(event) {
  event.preventDefault();
  const reason = look.reason.value.trim();
  const tooShort = reason.length < SHORTEST_REASON;
  complain(tooShort ? say("reason_missing") : "");
  if (tooShort) return look.reason.focus();
  state.armed = { token: state.token, reason };
  return show("send_again", state.answer);
}

function complain(text) {
  look.missing.textContent = text;
  look.missing.hidden = !text;
  look.reason.setAttribute("aria-invalid", String(Boolean(text)));
}

/** A reason that is changed must be given once more. */
function onReasonChanged() {
  complain("");
  if (!state.armed) return;
  state.armed = null;
  show("warned", state.answer);
}

function label() {
  lang = known(agent.locale);
  document.documentElement.lang = lang;
  look.override.querySelector("label").textContent = say("reason");
  look.override.querySelector("button").textContent = say("send_anyway");
  show(state.key, state.answer);
}

function resize() {
  const height = Math.min(Math.max(document.querySelector("main").scrollHeight, 60), 720);
  client.invoke("resize", { width: "100%", height: `${height}px` }).catch(() => {});
}

async function paint() {
  const dress = (scheme) => { document.documentElement.dataset.theme = scheme === "dark" ? "dark" : "light"; };
  client.on("colorScheme.changed", dress);
  dress((await client.get(["colorScheme"])).colorScheme);
}

async function readWords() {
  words = await fetch("words.json").then((found) => found.json(), () => ({}));
  label();
}

async function begin() {
  ready = Promise.all([client && readSettings(), readWords()]);
  await ready;
  if (!client) return show("no_answer");
  await Promise.allSettled([readAgent(), paint()]);
  label();
  new ResizeObserver(resize).observe(document.querySelector("main"));
  return check();
}

look.override.addEventListener("submit", onReason);
look.reason.addEventListener("input", onReasonChanged);
if (client) {
  client.on("ticket.save", onSave);
  client.on("ticket.submit.done", forget);
  for (const event of ["comment.text.changed", "comment.type.changed", "app.activated"]) client.on(event, onChange);
}
begin();
