/* The only part that calls the service: content scripts ask it, and neither they nor pages see the token. */

import { ask, kinds, languageOf, load, originOf, siteOf, wordsIn } from "./settings.js";

const BUDGET = 2900; // milliseconds for the service; the page waits 3000 for everything
const LOG = 200; // so many checks are remembered
const NOTICE = 60000; // a page that follows within so many milliseconds says what happened to the last reply
const SCRIPTS = ["text.js", "marks.js", "panel.js", "gate.js"];
const KEPT = ["ticket", "verdict", "checked", "overridden", "rules", "seconds", "failure"]; // of what is logged
const VERDICTS = ["pass", "warn", "block"];

// Pages' processes must not be able to read the token, not even one that a page has taken over.
const locked = chrome.storage.local.setAccessLevel({ accessLevel: "TRUSTED_CONTEXTS" });

// ------------------------------------------------------------------------------------------------------- which pages

let turn = Promise.resolve();

/** Registers the content script for the helpdesks that are set and that the browser lets us see, and for no other. */
function register() {
  turn = turn.then(registered, registered);
  return turn;
}

async function registered() {
  await locked;
  const { sites } = await load();
  const before = await chrome.scripting.getRegisteredContentScripts();
  if (before.length) await chrome.scripting.unregisterContentScripts();
  for (const [number, site] of sites.entries()) {
    if (!(await chrome.permissions.contains({ origins: [originOf(site.address)] }))) continue;
    await chrome.scripting.registerContentScripts([
      { id: `site-${number}`, matches: [`${site.address}*`], js: SCRIPTS, allFrames: true, runAt: "document_start" },
    ]);
  }
}

chrome.runtime.onInstalled.addListener(register);
chrome.runtime.onStartup.addListener(register);
chrome.permissions.onAdded.addListener(register);
chrome.permissions.onRemoved.addListener(register);
chrome.storage.onChanged.addListener((changes) => { if (changes.sites) register(); });

// ---------------------------------------------------------------------------------------------------------- questions

const answers = { hello, check, pressed, told };

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  if (sender.id !== chrome.runtime.id || !Object.hasOwn(answers, message?.type)) return false;
  answers[message.type](message, sender).then(reply, () => reply(null));
  return true;
});

/** What a page needs to know: how its helpdesk is built, what to say, and what was not checked before it came. */
async function hello({ languages }, sender) {
  const settings = await load();
  const site = siteOf(settings, sender.url);
  if (!site) return { off: true };
  const language = languageOf(settings.language, languages);
  const css = fetch(chrome.runtime.getURL("panel.css")).then((file) => file.text());
  const [known, words, style] = await Promise.all([kinds(), wordsIn(language), css]);
  const notice = sender.frameId === 0 ? await takeNotice(sender.tab.id) : null;
  const { agent, live, fail } = settings;
  return { composers: known[site.kind]?.composers ?? [], css: style, words, language, agent, live, fail, notice };
}

/** One question to the service. agent: who the user has just said to be. */
async function check({ body, agent }, sender) {
  const settings = await load();
  if (!siteOf(settings, sender.url)) return { off: true };
  if (agent) await chrome.storage.local.set({ agent });
  const asked = { ...body, team: body.team || settings.team || null, offsets: "utf16" };
  const { answer, failure } = contract(await ask(settings, "v1/check", asked, BUDGET));
  return { answer, failure, fail: settings.fail, live: settings.live };
}

function contract({ answer, failure }) {
  if (failure) return { answer: null, failure };
  const kept = VERDICTS.includes(answer?.verdict) && typeof answer.checked === "boolean" && Array.isArray(answer.findings);
  return kept ? { answer, failure: null } : { answer: null, failure: "NoContract" };
}

// ------------------------------------------------------------------------------------------------- log and what is told

let writing = Promise.resolve();

/** Puts down what came of a press of Send: never a word of it. */
async function pressed({ line }, sender) {
  const site = siteOf(await load(), sender.url);
  const known = { time: new Date().toISOString(), site: site?.kind ?? null };
  const kept = Object.fromEntries(KEPT.map((key) => [key, line[key]]));
  writing = writing.then(() => put({ ...known, ...kept }));
  const tab = sender.tab.id;
  if (!line.checked) await chrome.storage.session.set({ [`notice-${tab}`]: Date.now() });
  chrome.action.setBadgeText({ tabId: tab, text: line.checked ? "" : "?" }).catch(() => {});
  await writing;
}

async function put(line) {
  const { log = [] } = await chrome.storage.local.get("log");
  await chrome.storage.local.set({ log: [...log, line].slice(-LOG) });
}

async function takeNotice(tab) {
  const key = `notice-${tab}`;
  const { [key]: since } = await chrome.storage.session.get(key);
  if (since) await chrome.storage.session.remove(key);
  return since && Date.now() - since < NOTICE ? "not_checked" : null;
}

/** The page has lived on and shown it itself, or the reply stayed: the next page has nothing to tell. */
async function told(message, sender) {
  await chrome.storage.session.remove(`notice-${sender.tab.id}`);
}

chrome.commands.onCommand.addListener(async () => {
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  if (tab) chrome.tabs.sendMessage(tab.id, { type: "open" }).catch(() => {});
});
