/* Whether replies on this page are checked, and the way to the settings. */

import { ask, load, siteOf } from "./settings.js";
import { translate } from "./translate.js";

const WAIT = 3000; // milliseconds

const $ = (id) => document.getElementById(id);
const t = await translate();
const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
const settings = await load();
const site = siteOf(settings, tab?.url);
$("here").textContent = t(site ? "here_on" : "here_off");
$("add").hidden = Boolean(site) || !/^https?:/.test(tab?.url ?? "");
// The browser's question about access closes a popup, so that it is asked on the page of settings.
$("add").addEventListener("click", () => {
  chrome.tabs.create({ url: `options.html?address=${encodeURIComponent(new URL("/", tab.url).href)}` });
});
$("settings").addEventListener("click", () => chrome.runtime.openOptionsPage());
const { failure } = await ask(settings, "v1/check", { draft: "1", mode: "preview" }, WAIT);
$("service").textContent = t(failure ? "no_answer" : "connected");
